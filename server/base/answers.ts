/** Of many things that are asked for at once, each has its own: what came of it, or the error. */
export type Answers<T> = (T | Error)[];

/** What `work` answers of each, or throws; who can answer at once need not make a promise of it. */
export async function answerEach<Item, T>(
  items: readonly Item[],
  work: (item: Item, index: number) => T | Promise<T>,
): Promise<Answers<T>> {
  const answers: Answers<T> = [];
  const awaited: Promise<void>[] = [];
  for (const [index, item] of items.entries()) {
    try {
      const answer = work(item, index);
      if (answer instanceof Promise) awaited.push(noteIn(answers, index, answer));
      else answers[index] = answer;
    } catch (error) {
      answers[index] = error as Error;
    }
  }
  await Promise.all(awaited);
  return answers;
}

async function noteIn<T>(answers: Answers<T>, index: number, answer: Promise<T>): Promise<void> {
  try {
    answers[index] = await answer;
  } catch (error) {
    answers[index] = error as Error;
  }
}

/** `work` answers those that `prepare` lets through; what that throws is the answer of the others. */
export async function answerPrepared<Item, Prepared, T>(
  items: readonly Item[],
  prepare: (item: Item, index: number) => Prepared,
  work: (prepared: readonly Prepared[]) => Promise<Answers<T>>,
): Promise<Answers<T>> {
  const ready: Prepared[] = [];
  const refused = items.map((item, index): Error | undefined => {
    try {
      ready.push(prepare(item, index));
      return undefined;
    } catch (error) {
      return error as Error;
    }
  });
  const worked = (await work(ready)).values();
  return refused.map((error) => error ?? worked.next().value!);
}

/** `work` answers each group by itself; what it throws is the answer of all in the group. */
export async function answerGroups<Item, T>(
  items: readonly Item[],
  groups: Iterable<readonly Item[]>,
  work: (group: readonly Item[]) => Promise<Answers<T>>,
): Promise<Answers<T>> {
  const answers = new Map<Item, T | Error>();
  await Promise.all(
    [...groups].map(async (group) => {
      const worked = await work(group).catch((error: Error) => group.map(() => error));
      group.forEach((item, index) => answers.set(item, worked[index]!));
    }),
  );
  return items.map((item) => answers.get(item)!);
}

export function isError(answer: unknown): answer is Error {
  return answer instanceof Error;
}

/** Passes on what the answer is, be it an error. */
export function orThrow<T>(answer: T | Error): T {
  if (isError(answer)) throw answer;
  return answer;
}

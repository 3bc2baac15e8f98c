/** Of many things that are asked for at once, each has its own: what came of it, or the error. */
export type Answers<T> = (T | Error)[];

/** `work` answers those that `prepare` lets through; what it throws is the answer of the others. */
export async function answerPrepared<Item, Prepared, T>(
  items: readonly Item[],
  prepare: (item: Item) => Promise<Prepared>,
  work: (prepared: readonly Prepared[]) => Promise<Answers<T>>,
): Promise<Answers<T>> {
  const answers: Answers<T> = new Array(items.length);
  const ready: { index: number; prepared: Prepared }[] = [];
  await Promise.all(
    items.map(async (item, index) => {
      try {
        ready.push({ index, prepared: await prepare(item) });
      } catch (error) {
        answers[index] = error as Error;
      }
    }),
  );
  const worked = await work(ready.map(({ prepared }) => prepared));
  ready.forEach(({ index }, at) => (answers[index] = worked[at]!));
  return answers;
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

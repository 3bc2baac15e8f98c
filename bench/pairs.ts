/** How often each contest is held; the middle one counts. */
export const rounds = 5;

export type Measured = Record<string, number>;

/**
 * Lets the contestants work in turn, round after round, so that what else the machine does meets all of them. Each comes
 * at each place, before and after each other: a virtual machine gives freed memory back to its host, and who comes next
 * waits until it has it again. Answers what each measured, by round.
 */
export async function compete<Name extends string>(
  contestants: Record<Name, (round: number) => Promise<Measured>>,
  roundCount = rounds,
): Promise<Record<Name, Measured[]>> {
  const names = Object.keys(contestants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Measured[]>;
  for (let round = 0; round < roundCount; round += 1) {
    for (const name of orderIn(round, names)) {
      results[name].push(await contestants[name](round));
    }
  }
  return results;
}

function orderIn<Name>(round: number, names: readonly Name[]): Name[] {
  const first = Math.floor(round / 2) % names.length;
  const order = [...names.slice(first), ...names.slice(0, first)];
  return round % 2 === 0 ? order : order.toReversed();
}

export function medianOf(results: readonly Measured[], key: string): number {
  return median(results.map((result) => result[key]!));
}

/** The middle one of the ratios of each round. */
export function ratioOf(ours: readonly Measured[], theirs: readonly Measured[], key: string): number {
  return median(ours.map((result, round) => result[key]! / theirs[round]![key]!));
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

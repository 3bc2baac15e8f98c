/** What a caller may do with an entry, each including the ones before it (design: "Words"). */
export const levels = ['list', 'read', 'write', 'manage'] as const;
export type Level = (typeof levels)[number];

export function includesLevel(have: Level | undefined, need: Level): boolean {
  return have !== undefined && levels.indexOf(have) >= levels.indexOf(need);
}

export function lowestLevel(one: Level, other: Level): Level {
  return includesLevel(one, other) ? other : one;
}

export function highestLevel(candidates: Iterable<Level | undefined>): Level | undefined {
  let highest: Level | undefined;
  for (const level of candidates) if (level && !includesLevel(highest, level)) highest = level;
  return highest;
}

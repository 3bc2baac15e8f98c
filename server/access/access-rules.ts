import { highestLevel, lowestLevel, type Level } from '../contract/level.ts';
import { containsPath, rootOf, type EntryPath } from '../contract/path.ts';
import type { Actor, Narrowing } from './actor.ts';

/** A grant as far as it decides: what it covers and how far it goes. */
export type Rule = { path: EntryPath; level: Level; grantee: string };

/**
 * The level that stands before any grant: one's own home, a mounted folder for an administrator, the items of a link.
 * Other people's homes are not an administrator's.
 */
export function inherentLevel(
  actor: Actor,
  path: EntryPath,
  isMount: (root: string) => boolean,
): Level | undefined {
  switch (actor.kind) {
    case 'user': {
      const root = rootOf(path);
      if (isMount(root)) return actor.isAdmin ? 'manage' : undefined;
      return root === actor.name ? 'manage' : undefined;
    }
    case 'link':
      return actor.items.some((item) => containsPath(item.path, path)) ? 'read' : undefined;
    case 'drop':
    case 'anonymous':
      return undefined;
  }
}

/**
 * The level that grants give on `path`. A grant covers its whole subtree; a deeper one may raise, never lower; what
 * lies above a grant may be passed through, `list`.
 */
export function grantedLevel(path: EntryPath, rules: readonly Rule[]): Level | undefined {
  return highestLevel(
    rules.map((rule) => {
      if (containsPath(rule.path, path)) return rule.level;
      return containsPath(path, rule.path) ? 'list' : undefined;
    }),
  );
}

/** The grant that decides the level on `path`: the highest that covers it, of equals the nearest. */
export function decidingRule<R extends Rule>(path: EntryPath, rules: readonly R[]): R | undefined {
  const level = grantedLevel(path, rules);
  return rules
    .filter((rule) => containsPath(rule.path, path) && rule.level === level)
    .toSorted((a, b) => b.path.length - a.path.length)
    .at(0);
}

/**
 * What is left of a level by a narrowed token: never more than its own, and nothing outside of its places but the way
 * to them.
 */
export function narrowedLevel(
  level: Level | undefined,
  path: EntryPath,
  narrowing: Narrowing | undefined,
): Level | undefined {
  if (!narrowing || level === undefined) return level;
  const { paths } = narrowing;
  if (!paths || paths.some((place) => containsPath(place, path))) return lowestLevel(level, narrowing.level);
  return paths.some((place) => containsPath(path, place)) ? 'list' : undefined;
}

/** The names of the children of `folder` that lead to a grant, or to a place. */
export function leadingNames(folder: EntryPath, rules: readonly Pick<Rule, 'path'>[]): Set<string> {
  const names = new Set<string>();
  for (const rule of rules) {
    if (rule.path === folder || !containsPath(folder, rule.path)) continue;
    names.add(rule.path.slice(folder.length + 1).split('/', 1)[0] as string);
  }
  return names;
}

/** The roots that grants make visible. */
export function leadingRoots(rules: readonly Rule[]): Set<string> {
  return new Set(rules.map((rule) => rootOf(rule.path)));
}

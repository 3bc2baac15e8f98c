import { AppError } from '../contract/app-error.ts';
import { answerEach, type Answers } from '../base/answers.ts';
import { highestLevel, includesLevel, type Level } from '../contract/level.ts';
import { containsPath, joinPath, type EntryName, type EntryPath } from '../contract/path.ts';
import {
  decidingRule,
  grantedLevel,
  inherentLevel,
  leadingNames,
  leadingRoots,
  narrowedLevel,
  type Rule,
} from './access-rules.ts';
import type { Actor, UserActor } from './actor.ts';
import type { GrantsRepository } from './grants-repository.ts';

/** What an actor sees of one folder. */
export type FolderView = {
  level: Level;
  /** The level on a child, or undefined when the child is not theirs to see. */
  childLevel(name: EntryName): Level | undefined;
  /** The only children that are visible, or undefined when all are. */
  visibleNames: ReadonlySet<string> | undefined;
};

/** Why a level is what it is. Neither inherent nor by a rule: something below is granted, so it may be passed through. */
export type Explanation = { level: Level | undefined; isInherent: boolean; rule: Rule | undefined };

/** The one gate: every question of who may do what is answered here. */
export class AccessControl {
  readonly #grants: GrantsRepository;
  readonly #isMount: (root: string) => boolean;

  constructor(grants: GrantsRepository, isMount: (root: string) => boolean) {
    this.#grants = grants;
    this.#isMount = isMount;
  }

  /** The actor's level on `path`, whether or not anything is there; undefined when they may not even see it. */
  async levelOn(actor: Actor, path: EntryPath): Promise<Level | undefined> {
    const inherent = inherentLevel(actor, path, this.#isMount);
    if (actor.kind !== 'user') return inherent;
    const rules = inherent === 'manage' ? [] : await this.#grants.rulesAround(actor.id, path);
    return narrowedLevel(highestLevel([inherent, grantedLevel(path, rules)]), path, actor.narrowing);
  }

  /** The level on `path` and what it comes from: the root being one's own, or the grant that decides. */
  async explain(actor: UserActor, path: EntryPath): Promise<Explanation> {
    const inherent = inherentLevel(actor, path, this.#isMount);
    const rules = await this.#grants.rulesAround(actor.id, path);
    const level = highestLevel([inherent, grantedLevel(path, rules)]);
    const rule = level === inherent ? undefined : decidingRule(path, rules);
    return { level, isInherent: level !== undefined && level === inherent, rule };
  }

  /**
   * Throws unless the actor's level on `path` includes `need`: `not_found` for what they may not see, so that a
   * refusal never tells whether something exists, and `forbidden` for what they see but may not do.
   */
  async require(actor: Actor, path: EntryPath, need: Level): Promise<Level> {
    return requireLevel(await this.levelOn(actor, path), need);
  }

  /**
   * Throws unless the actor may put something new at `path`: with the level `write`, or as the sender by a drop link
   * below its folder, who is otherwise told that there is nothing.
   */
  async requireStoring(actor: Actor, path: EntryPath): Promise<Level> {
    if (actor.kind !== 'drop') return this.require(actor, path, 'write');
    if (path === actor.folder || !containsPath(actor.folder, path)) throw notFound();
    return 'list';
  }

  /** As `requireStoring` of each. */
  requireStoringEach(actor: Actor, paths: readonly EntryPath[]): Promise<Answers<Level>> {
    return answerEach(paths, (path) => {
      if (actor.kind !== 'user' || inherentLevel(actor, path, this.#isMount) !== 'manage')
        return this.requireStoring(actor, path);
      // Nothing that is granted could raise it: there is nothing to wait for.
      return requireLevel(narrowedLevel('manage', path, actor.narrowing), 'write');
    });
  }

  /** As `require` with `list`, together with what of the folder's children is visible. */
  async requireView(actor: Actor, folder: EntryPath): Promise<FolderView> {
    const inherent = inherentLevel(actor, folder, this.#isMount);
    const rules: Rule[] =
      inherent === 'manage' || actor.kind !== 'user' ? [] : await this.#grants.rulesAround(actor.id, folder);
    const narrowing = actor.kind === 'user' ? actor.narrowing : undefined;
    const full = highestLevel([inherent, grantedLevel(folder, rules)]);
    const level = narrowedLevel(full, folder, narrowing);
    if (level === undefined || full === undefined) throw notFound();
    const isPassage = !includesLevel(full, 'read') && !rules.some((rule) => containsPath(rule.path, folder));
    return {
      level,
      visibleNames: namesInBoth(
        isPassage ? leadingNames(folder, rules) : undefined,
        narrowing?.paths && leadingPlaces(folder, narrowing.paths),
      ),
      childLevel: (name) => {
        const child = joinPath(folder, name);
        const childLevel = rules.length === 0 ? full : highestLevel([inherent, grantedLevel(child, rules)]);
        return narrowedLevel(childLevel, child, narrowing);
      },
    };
  }

  /** The names of the roots that grants open to a user, beside their home. */
  async grantedRoots(actor: UserActor): Promise<Set<string>> {
    return leadingRoots(await this.#grants.rulesOf(actor.id));
  }
}

/** The names that lead to a place, or undefined when all of the folder is one. */
function leadingPlaces(folder: EntryPath, places: readonly EntryPath[]): Set<string> | undefined {
  if (places.some((place) => containsPath(place, folder))) return undefined;
  return leadingNames(
    folder,
    places.map((path) => ({ path })),
  );
}

/** Undefined stands for all names. */
function namesInBoth(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  return one && other ? new Set([...one].filter((name) => other.has(name))) : (one ?? other);
}

function requireLevel(level: Level | undefined, need: Level): Level {
  if (level === undefined) throw notFound();
  if (!includesLevel(level, need))
    throw new AppError('forbidden', `This needs the level "${need}"; yours here is "${level}".`);
  return level;
}

export function notFound(): AppError {
  return new AppError('not_found', 'There is nothing here.');
}

import type { EntryName, PathInRoot } from '../contract/path.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { childPath } from './root-path.ts';
import { sortNames } from './sort-keys.ts';
import { listSorted, statAll, unlessGone } from './sorted-listing.ts';

export type WalkedEntry<Path> = {
  path: Path;
  entry: StoredEntry;
  /** How many children of this directory exist but cannot be shown; 0 for a file. */
  omitted: number;
};

type Level = { path: PathInRoot; names: EntryName[]; at: number; ahead: (StoredEntry | undefined)[] };

/** How many children are described ahead of the one that is handed out. */
const window = 64;

/**
 * `path` and all below it, depth first, a directory before its children, these in order of their names. What vanishes
 * on the way is left out; what cannot be read ends the walk with its error. Holds the names of one directory a level.
 */
export async function* walkTree(
  driver: Driver,
  path: PathInRoot,
  signal?: AbortSignal,
): AsyncGenerator<WalkedEntry<PathInRoot>> {
  const levels: Level[] = [];
  const enter = async (path: PathInRoot, entry: StoredEntry): Promise<WalkedEntry<PathInRoot>> => {
    if (entry.kind === 'file') return { path, entry, omitted: 0 };
    const { form, directories, files, omitted } = await listSorted(driver, path);
    const names = sortNames([...directories, ...files].map(form.nameOf));
    levels.push({ path, names, at: 0, ahead: [] });
    return { path, entry, omitted };
  };

  yield await enter(path, await driver.stat(path));
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    signal?.throwIfAborted();
    if (level.at === level.names.length) {
      levels.pop();
      continue;
    }
    const entry = await nextEntry(driver, level);
    if (!entry) continue;
    const walked = await unlessGone(driver, enter(childPath(level.path, entry.name), entry));
    if (walked) yield walked;
  }
}

async function nextEntry(driver: Driver, level: Level): Promise<StoredEntry | undefined> {
  if (level.at % window === 0) {
    const names = level.names.slice(level.at, level.at + window);
    level.ahead = await statAll(driver, level.path, names);
  }
  return level.ahead[level.at++ % window];
}

import { hasCode } from '../contract/app-error.ts';
import type { EntryName, PathInRoot } from '../contract/path.ts';
import { boundedMap } from './bounded-map.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { childPath } from './root-path.ts';
import { nameKey, nameOfKey, numberKey } from './sort-key.ts';
import type { SortKey } from './sort-key.ts';
import { sortKeys } from './sort-keys.ts';

/** The names of a directory in order. `weight` is about how many bytes they take. */
export type SortedListing = { directories: SortKey[]; files: SortKey[]; omitted: number; weight: number };

const simultaneousStats = 16;
const bytesPerString = 40;

/** Lists a directory by name. The keys are made while the disk reads on. */
export async function listSorted(driver: Driver, path: PathInRoot): Promise<SortedListing> {
  const directories = new Weighed();
  const files = new Weighed();
  let omitted = 0;
  for await (const batch of driver.list(path)) {
    for (const name of batch.directories) directories.add(nameKey(name));
    for (const name of batch.files) files.add(nameKey(name));
    omitted += batch.omitted;
  }
  return sortBoth(directories, files, omitted);
}

/** The same children, ordered by what has to be asked of each. */
export async function orderByNumber(
  driver: Driver,
  path: PathInRoot,
  { directories, files, omitted }: SortedListing,
  sort: 'size' | 'modified',
  order: 'asc' | 'desc',
): Promise<SortedListing> {
  const rank = (entry: StoredEntry) => {
    const number = sort === 'size' ? entry.size : Math.max(0, entry.modifiedAt.getTime());
    // Turned round, so that names stay in order among equals.
    return order === 'asc' ? number : Number.MAX_SAFE_INTEGER - number;
  };
  const rekey = async (keys: SortKey[]) => {
    const ranked = new Weighed();
    // A part at a time: the entries of all would take more memory than their keys.
    for (let at = 0; at < keys.length; at += 1024) {
      const names = keys.slice(at, at + 1024).map(nameOfKey);
      for (const entry of await statAll(driver, path, names)) {
        if (entry) ranked.add(numberKey(rank(entry), entry.name));
      }
    }
    return ranked;
  };
  return sortBoth(await rekey(directories), await rekey(files), omitted);
}

class Weighed {
  readonly keys: SortKey[] = [];
  weight = 0;

  add(key: SortKey): void {
    this.keys.push(key);
    this.weight += key.length + bytesPerString;
  }
}

function sortBoth(directories: Weighed, files: Weighed, omitted: number): SortedListing {
  return {
    directories: sortKeys(directories.keys),
    files: sortKeys(files.keys),
    omitted,
    weight: directories.weight + files.weight,
  };
}

/** The entries of these children, undefined where one has gone meanwhile. */
export function statAll(
  driver: Driver,
  path: PathInRoot,
  names: readonly EntryName[],
): Promise<(StoredEntry | undefined)[]> {
  return boundedMap(names, simultaneousStats, async (name) => {
    return unlessGone(driver, driver.stat(childPath(path, name)));
  });
}

/** Undefined when the operation found nothing at its path. */
export async function unlessGone<T>(driver: Driver, operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (hasCode(driver.classify(error), 'not_found')) return undefined;
    throw error;
  }
}

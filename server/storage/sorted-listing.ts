import { hasCode } from '../contract/app-error.ts';
import type { EntryName, PathInRoot } from '../contract/path.ts';
import { boundedMap } from './bounded-map.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { childPath } from './root-path.ts';
import { nameKey, nameOfKey, numberKey } from './sort-key.ts';
import type { SortKey } from './sort-key.ts';

/** The names of a directory in order. `weight` is about how many bytes they take. */
export type SortedListing = { directories: SortKey[]; files: SortKey[]; omitted: number; weight: number };

const simultaneousStats = 16;

/**
 * Every batch is sorted while the disk reads the next; the last sort finds them as ordered runs and only merges, so
 * that no single step holds up other requests for long.
 */
export async function listSorted(driver: Driver, path: PathInRoot): Promise<SortedListing> {
  const directories: SortKey[] = [];
  const files: SortKey[] = [];
  let omitted = 0;
  for await (const batch of driver.list(path)) {
    for (const key of batch.directories.map(nameKey).sort()) directories.push(key);
    for (const key of batch.files.map(nameKey).sort()) files.push(key);
    omitted += batch.omitted;
  }
  return weigh({ directories: directories.sort(), files: files.sort(), omitted });
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
  const reorder = async (keys: SortKey[]) => {
    const entries = await statAll(driver, path, keys.map(nameOfKey));
    return entries.flatMap((entry) => (entry ? [numberKey(rank(entry), entry.name)] : [])).sort();
  };
  return weigh({ directories: await reorder(directories), files: await reorder(files), omitted });
}

function weigh(listing: Omit<SortedListing, 'weight'>): SortedListing {
  const bytesPerString = 40;
  let weight = 0;
  for (const keys of [listing.directories, listing.files]) {
    for (const key of keys) weight += key.length + bytesPerString;
  }
  return { ...listing, weight };
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

import { hasCode } from '../contract/app-error.ts';
import type { EntryName, PathInRoot } from '../contract/path.ts';
import { boundedMap } from './bounded-map.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { childPath } from './root-path.ts';
import { nameKey, nameOfKey, numberKey } from './sort-key.ts';
import type { SortKey } from './sort-key.ts';
import { sortKeys, sortNames } from './sort-keys.ts';

/** In which form a listing keeps its entries: as names, or as keys when the order needs more than the name. */
export type KeptForm = { keyOf(kept: string): SortKey; nameOf(kept: string): EntryName };

/** The entries of a directory in order. `weight` is about how many bytes they take. */
export type SortedListing = {
  form: KeptForm;
  directories: string[];
  files: string[];
  omitted: number;
  weight: number;
};

const asNames: KeptForm = {
  keyOf: (name) => nameKey(name as EntryName),
  nameOf: (name) => name as EntryName,
};
export const asKeys: KeptForm = { keyOf: (key) => key, nameOf: nameOfKey };

const simultaneousStats = 16;
const bytesPerString = 40;

/** Lists a directory by name. */
export async function listSorted(driver: Driver, path: PathInRoot): Promise<SortedListing> {
  const directories: EntryName[] = [];
  const files: EntryName[] = [];
  let omitted = 0;
  for await (const batch of driver.list(path)) {
    for (const name of batch.directories) directories.push(name);
    for (const name of batch.files) files.push(name);
    omitted += batch.omitted;
  }
  return listingOf(asNames, sortNames(directories), sortNames(files), omitted);
}

/** The same children, ordered by what has to be asked of each. */
export async function orderByNumber(
  driver: Driver,
  path: PathInRoot,
  { form, directories, files, omitted }: SortedListing,
  sort: 'size' | 'modified',
  order: 'asc' | 'desc',
): Promise<SortedListing> {
  const rank = (entry: StoredEntry) => {
    const number = sort === 'size' ? entry.size : Math.max(0, entry.modifiedAt.getTime());
    // Turned round, so that names stay in order among equals.
    return order === 'asc' ? number : Number.MAX_SAFE_INTEGER - number;
  };
  const rekey = async (kept: readonly string[]) => {
    const keys: SortKey[] = [];
    // A part at a time: the entries of all would take more memory than their keys.
    for (let at = 0; at < kept.length; at += 1024) {
      const names = kept.slice(at, at + 1024).map(form.nameOf);
      for (const entry of await statAll(driver, path, names)) {
        if (entry) keys.push(numberKey(rank(entry), entry.name));
      }
    }
    return sortKeys(keys);
  };
  return listingOf(asKeys, await rekey(directories), await rekey(files), omitted);
}

function listingOf(form: KeptForm, directories: string[], files: string[], omitted: number): SortedListing {
  return { form, directories, files, omitted, weight: weightOf(directories) + weightOf(files) };
}

function weightOf(kept: readonly string[]): number {
  return kept.reduce((sum, text) => sum + text.length + bytesPerString, 0);
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

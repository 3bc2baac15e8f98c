import type { PathInRoot } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { formatCursor, parseCursor } from './list-cursor.ts';
import type { ListPosition } from './list-cursor.ts';
import { ListingCache } from './listing-cache.ts';
import { nameFilter, nameOfKey } from './sort-key.ts';
import type { SortKey } from './sort-key.ts';
import { listSorted, orderByNumber, statAll } from './sorted-listing.ts';
import type { SortedListing } from './sorted-listing.ts';

export type ListOptions = {
  limit: number;
  cursor?: string;
  sort: 'name' | 'size' | 'modified';
  order: 'asc' | 'desc';
  /** Only names that hold this text, whatever the case. */
  filter?: string;
};

export type ListPage = {
  items: StoredEntry[];
  /** For the page after this one; null when there is none. */
  next: string | null;
  /** How many children there are in all, after the filter. */
  total: number;
  /** Children that exist but cannot be shown, in the whole directory. */
  omitted: number;
};

const maxCacheBytes = 32 * 1024 * 1024;
/** How long an order by size or date is kept: a file may change without its directory changing. */
const orderLifetimeMs = 30_000;

/** Cuts the children of a directory into pages: folders first, each child described as it is now. */
export class DirectoryLister {
  readonly #cache = new ListingCache(maxCacheBytes);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `cacheKey` tells this directory from every other. */
  async page(driver: Driver, path: PathInRoot, cacheKey: string, options: ListOptions): Promise<ListPage> {
    const { limit, cursor, sort, order, filter } = options;
    const scope = `${sort}.${order}`;
    const position = cursor === undefined ? undefined : parseCursor(scope, cursor);
    const all = await this.#sorted(driver, path, cacheKey, options);
    const { directories, files } = arrange(all, filter, sort === 'name' && order === 'desc');
    const keys = [...directories, ...files];

    const items: StoredEntry[] = [];
    let end = position ? indexAfter(position, directories, files, sort === 'name' && order === 'desc') : 0;
    while (items.length < limit && end < keys.length) {
      const names = keys.slice(end, end + limit - items.length).map(nameOfKey);
      end += names.length;
      items.push(...(await statAll(driver, path, names)).filter((entry) => entry !== undefined));
    }
    const isLast = limit === 0 || end >= keys.length;
    const next = isLast
      ? null
      : formatCursor(scope, { key: keys[end - 1]!, isDirectory: end <= directories.length });
    return { items, next, total: keys.length, omitted: all.omitted };
  }

  async #sorted(
    driver: Driver,
    path: PathInRoot,
    cacheKey: string,
    options: ListOptions,
  ): Promise<SortedListing> {
    const { sort, order } = options;
    const key = sort === 'name' ? cacheKey : `${cacheKey}\0${sort}.${order}`;
    const now = this.#clock().getTime();
    // Asked before listing: what changes from here on has another version.
    const version = await driver.directoryVersion?.(path);
    const known = version === undefined ? undefined : this.#cache.find(key, version, now);
    if (known) return known;
    const byName = await listSorted(driver, path);
    const listing = sort === 'name' ? byName : await orderByNumber(driver, path, byName, sort, order);
    const expiresAt = sort === 'name' ? undefined : now + orderLifetimeMs;
    if (version !== undefined) this.#cache.add(key, version, listing, expiresAt);
    return listing;
  }
}

function arrange({ directories, files }: SortedListing, filter: string | undefined, isReversed: boolean) {
  const matches = filter ? nameFilter(filter) : undefined;
  const arrangeKeys = (keys: SortKey[]) => {
    const kept = matches ? keys.filter((key) => matches(nameOfKey(key))) : keys;
    return isReversed ? kept.toReversed() : kept;
  };
  return { directories: arrangeKeys(directories), files: arrangeKeys(files) };
}

/** The index in `directories` followed by `files` of the first key after `position`. */
function indexAfter(
  { key, isDirectory }: ListPosition,
  directories: SortKey[],
  files: SortKey[],
  isReversed: boolean,
): number {
  const keys = isDirectory ? directories : files;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const isAfter = isReversed ? keys[middle]! < key : keys[middle]! > key;
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return isDirectory ? low : directories.length + low;
}

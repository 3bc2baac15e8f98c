import type { PathInRoot } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { formatCursor, parseCursor } from './list-cursor.ts';
import { ListingCache } from './listing-cache.ts';
import { nameFilter } from './sort-key.ts';
import { listSorted, orderByNumber, statAll } from './sorted-listing.ts';
import type { KeptForm, SortedListing } from './sorted-listing.ts';

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
    const { form, omitted, ...sorted } = await this.#sorted(driver, path, cacheKey, options);
    const isReversed = sort === 'name' && order === 'desc';
    const arrangeKept = arranger(form, filter, isReversed);
    const directories = arrangeKept(sorted.directories);
    const files = arrangeKept(sorted.files);
    const total = directories.length + files.length;

    const items: StoredEntry[] = [];
    let end = 0;
    if (position) {
      const isBehind = (kept: string) =>
        isReversed ? form.keyOf(kept) < position.key : form.keyOf(kept) > position.key;
      end = position.isDirectory
        ? firstThat(isBehind, directories)
        : directories.length + firstThat(isBehind, files);
    }
    while (items.length < limit && end < total) {
      const names = sliceOfBoth(directories, files, end, end + limit - items.length).map(form.nameOf);
      end += names.length;
      items.push(...(await statAll(driver, path, names)).filter((entry) => entry !== undefined));
    }
    const isLast = limit === 0 || end >= total;
    const isDirectory = end <= directories.length;
    const next = () => {
      const [last] = sliceOfBoth(directories, files, end - 1, end);
      return formatCursor(scope, { key: form.keyOf(last!), isDirectory });
    };
    return { items, next: isLast ? null : next(), total, omitted };
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

function arranger(form: KeptForm, filter: string | undefined, isReversed: boolean) {
  const matches = filter ? nameFilter(filter) : undefined;
  return (all: string[]): string[] => {
    const found = matches ? all.filter((kept) => matches(form.nameOf(kept))) : all;
    return isReversed ? found.toReversed() : found;
  };
}

/** A part of `directories` followed by `files`, of which there may be too many to put them into one list each time. */
function sliceOfBoth(directories: string[], files: string[], from: number, to: number): string[] {
  const behind = (index: number) => Math.max(0, index - directories.length);
  return [...directories.slice(from, to), ...files.slice(behind(from), behind(to))];
}

/** The index of the first for which this holds, in a list where it holds for all that follow. */
function firstThat(isBehind: (kept: string) => boolean, list: string[]): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind(list[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

import { compareNames } from '../contract/name-order.ts';
import type { ListQuery } from '../contract/schemas.ts';
import type { StoredEntry } from '../storage/driver.ts';

/** Sorts a handful of entries as a listing would: folders first, then by the key, then by name. */
export function sortEntries<T extends StoredEntry>(
  entries: readonly T[],
  { sort, order }: Pick<ListQuery, 'sort' | 'order'>,
): T[] {
  const sign = order === 'asc' ? 1 : -1;
  const byName = (a: T, b: T) => compareNames(a.name, b.name);
  const compare = {
    name: byName,
    size: (a: T, b: T) => a.size - b.size,
    modified: (a: T, b: T) => a.modifiedAt.getTime() - b.modifiedAt.getTime(),
  }[sort];
  const rank = ({ kind }: T) => (kind === 'directory' ? 0 : 1);
  return entries.toSorted((a, b) => rank(a) - rank(b) || sign * compare(a, b) || byName(a, b));
}

import type { ListQuery } from '$contract/schemas.ts';
import { isOneOf, Persisted } from '$lib/state/persisted.svelte.ts';

export type Sort = Pick<ListQuery, 'sort' | 'order'>;

const isSort = (value: unknown): value is Sort => {
  const { sort, order } = (value ?? {}) as Partial<Sort>;
  return isOneOf('name', 'size', 'modified')(sort) && isOneOf('asc', 'desc')(order);
};
const isBoolean = (value: unknown) => typeof value === 'boolean';

/** How this person likes folders shown; the same for all of them. */
export const listingChoices = {
  sort: new Persisted<Sort>('sort', { sort: 'name', order: 'asc' }, isSort),
  layout: new Persisted<'list' | 'tiles'>('layout', 'list', isOneOf('list', 'tiles')),
  showsHidden: new Persisted<boolean>('hidden', false, isBoolean),
};

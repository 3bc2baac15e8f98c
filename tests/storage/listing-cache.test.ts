import { expect, test } from 'vitest';
import { ListingCache } from '../../server/storage/listing-cache.ts';
import { asKeys } from '../../server/storage/sorted-listing.ts';

const listing = (weight: number) => ({ form: asKeys, directories: [], files: [], omitted: 0, weight });

test('a listing is found again only in the version it was made of', () => {
  const cache = new ListingCache(100);
  const first = listing(1);
  cache.add('a', 'v1', first);
  expect(cache.find('a', 'v1', 0)).toBe(first);
  expect(cache.find('a', 'v2', 0)).toBeUndefined();
  expect(cache.find('a', 'v1', 0)).toBeUndefined();
});

test('a listing whose time has come is not found', () => {
  const cache = new ListingCache(100);
  cache.add('a', 'v', listing(1), 1000);
  expect(cache.find('a', 'v', 999)).toBeDefined();
  expect(cache.find('a', 'v', 1000)).toBeUndefined();
});

test('what was used longest ago makes room for what is new', () => {
  const cache = new ListingCache(100);
  cache.add('a', 'v', listing(40));
  cache.add('b', 'v', listing(40));
  cache.find('a', 'v', 0);
  cache.add('c', 'v', listing(40));
  expect(['a', 'b', 'c'].filter((key) => cache.find(key, 'v', 0))).toEqual(['a', 'c']);
});

test('what is larger than all the room is not kept, and drives nothing out', () => {
  const cache = new ListingCache(100);
  cache.add('a', 'v', listing(40));
  cache.add('huge', 'v', listing(101));
  expect(['a', 'huge'].filter((key) => cache.find(key, 'v', 0))).toEqual(['a']);
});

test('adding a listing again does not count it twice', () => {
  const cache = new ListingCache(100);
  for (let round = 0; round < 10; round++) cache.add('a', `v${round}`, listing(60));
  cache.add('b', 'v', listing(40));
  expect(cache.find('a', 'v9', 0)).toBeDefined();
  expect(cache.find('b', 'v', 0)).toBeDefined();
});

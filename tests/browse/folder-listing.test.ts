import { afterEach, expect, test, vi } from 'vitest';
import type { EntryPath } from '../../server/contract/path.ts';
import { FolderListing } from '../../src/lib/features/browse/folder-listing.svelte.ts';

const path = 'bob/many' as EntryPath;
const entryOf = (name: string) => ({ name, uri: `storage://home/bob/many/${name}`, kind: 'file', size: 1 });

/** A server with one folder of `count` files, whose cursor is the index of the next one. */
function serve(count: () => number) {
  const asked: URL[] = [];
  vi.stubGlobal('fetch', async (url: string, { signal }: RequestInit) => {
    // As a network does, it answers in another turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 1));
    signal?.throwIfAborted();
    const address = new URL(url, 'http://drey.test');
    asked.push(address);
    const total = count();
    const isFolder = address.pathname.endsWith('/many');
    if (isFolder && total < 0) {
      return Response.json(
        { error: { code: 'not_found', message: 'There is nothing here.' } },
        { status: 404 },
      );
    }
    const from = Number(address.searchParams.get('cursor') ?? 0);
    const to = Math.min(total, from + Number(address.searchParams.get('limit')));
    const items = Array.from({ length: Math.max(0, to - from) }, (_, index) => entryOf(`f${from + index}`));
    const children = { items, next: to < total ? String(to) : null, total };
    return Response.json({ entry: { ...entryOf('many'), kind: 'directory', etag: String(total) }, children });
  });
  return asked;
}

const open = () => new FolderListing(path, { sort: 'size', order: 'desc' });
afterEach(() => vi.unstubAllGlobals());

test('the first page is on show at once, with the height of them all; the rest follows in order', async () => {
  const asked = serve(() => 12_000);
  const listing = open();
  await listing.ready;
  expect([listing.rows.length, listing.total, listing.isComplete]).toEqual([200, 12_000, false]);
  await listing.loadRest();
  expect([listing.rows.length, listing.isComplete]).toEqual([12_000, true]);
  expect(listing.rows.every((row, index) => row.name === `f${index}`)).toBe(true);
  expect(asked.every(({ searchParams }) => searchParams.get('sort') === 'size')).toBe(true);
});

test('leaving a folder ends its loading', async () => {
  const asked = serve(() => 100_000);
  const listing = open();
  await listing.ready;
  const loading = listing.loadRest();
  listing.close();
  await loading;
  expect(asked.length).toBeLessThan(4);
  expect(listing.problem).toBeUndefined();
});

test('a folder that is read again keeps its rows on show until all the new ones are here', async () => {
  let count = 6000;
  serve(() => count);
  const listing = open();
  await listing.loadRest();
  count = 6001;
  const lengths = new Set<number>();
  const refreshing = listing.refresh();
  const watch = setInterval(() => lengths.add(listing.rows.length), 0);
  await refreshing;
  clearInterval(watch);
  lengths.add(listing.rows.length);
  expect([...lengths].filter((length) => length < 6000)).toEqual([]);
  expect(listing.rows.length).toBe(6001);
});

test('a big folder that did not change is not read again', async () => {
  const asked = serve(() => 6000);
  const listing = open();
  await listing.loadRest();
  const before = asked.length;
  await listing.refreshIfChanged();
  expect(asked.slice(before).map(({ searchParams }) => searchParams.get('limit'))).toEqual(['0']);
});

test('a folder that vanished says so, with the nearest one that exists', async () => {
  let count = 3;
  serve(() => count);
  const listing = open();
  await listing.loadRest();
  count = -1;
  await listing.refresh();
  expect(listing.problem?.code).toBe('not_found');
  expect(listing.nearest).toBe('bob');
  expect(listing.rows).toEqual([]);
});

test('a folder that came back is shown again', async () => {
  let count = -1;
  serve(() => count);
  const listing = open();
  await listing.ready;
  expect(listing.problem?.code).toBe('not_found');
  count = 2;
  await listing.refresh();
  expect([listing.problem, listing.rows.length]).toEqual([undefined, 2]);
});

import { expect, test } from 'vitest';
import { AppError } from '../../server/contract/app-error.ts';
import type { SharedEntry, SharedListing } from '../../server/contract/schemas.ts';
import { adviceFor, refusalOf } from '../../src/lib/features/link-page/link-refusal.ts';
import { makeLinkView } from '../../src/lib/features/link-page/link-view.ts';

const link = (itemCount: number, label: string | null = null): SharedListing['link'] => ({
  label,
  note: null,
  hasPassword: false,
  sharedBy: 'bob',
  mode: 'read',
  expiresAt: null,
  downloadsLeft: null,
  itemCount,
  pin: null,
  fileBytes: 0,
});
const folder = (path: string): SharedEntry => ({
  name: path.split('/').at(-1)!,
  path,
  kind: 'directory',
  size: null,
  modifiedAt: '2026-11-22T12:00:00Z',
  etag: 'e',
});

test('a link on several items is titled by their number, and by its label where it has one', () => {
  expect(makeLinkView({ link: link(3) }).title).toBe('3 items');
  expect(makeLinkView({ link: link(3, 'For the paper') }).title).toBe('For the paper');
});

test('inside one of several items, the way up begins at the list of them', () => {
  const view = makeLinkView({ link: link(3), entry: folder('data/a/b') });
  expect(view.title).toBe('b');
  expect(view.crumbs).toEqual([
    { label: '3 items' },
    { label: 'data', path: 'data' },
    { label: 'a', path: 'data/a' },
  ]);
});

test('a link on one folder is that folder, and the way up ends there', () => {
  const top = makeLinkView({ link: link(1), entry: folder('data') });
  expect(top).toMatchObject({ isTop: true, title: 'data', crumbs: [], zipItems: [] });
  const inside = makeLinkView({ link: link(1), entry: folder('data/a/b') });
  expect(inside.crumbs).toEqual([{ label: 'data' }, { label: 'a', path: 'data/a' }]);
});

test.each([
  ['expired', 'This link has expired.'],
  ['revoked', 'This link has been withdrawn.'],
  ['used_up', 'This link has been used up.'],
  ['orphaned', 'This link no longer works.'],
])('a link that is %s says so in one sentence and asks for a new one', (reason, message) => {
  const refusal = refusalOf(new AppError('gone', 'secret.txt of bob is gone', { reason }));
  expect(refusal).toEqual({ status: 410, message, code: 'gone' });
  expect(adviceFor(refusal.status)).toBe('Ask whoever sent it for a new one.');
});

test('whatever else goes wrong tells nothing about what was shared', () => {
  expect(refusalOf(new Error('/data/bob/secret.txt')).message).toBe('This page cannot be shown right now.');
});

test('a link with a limit of downloads shows no previews, which would use it up', () => {
  expect(makeLinkView({ link: link(3) }).hasPreviews).toBe(true);
  expect(makeLinkView({ link: { ...link(3), downloadsLeft: 2 } }).hasPreviews).toBe(false);
});

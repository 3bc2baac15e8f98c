import { beforeEach, expect, test } from 'vitest';
import { numberedName, type EntryName } from '../../server/contract/path.ts';
import { isStored } from '../../src/lib/features/uploads/stored-check.ts';
import type { ConflictChoice, UploadItem } from '../../src/lib/features/uploads/upload-item.ts';

const folderUri = 'storage://home/bob/in';
const modified = Date.parse('2026-05-04T03:02:01.500Z');
/** Storage may drop what is below a second. */
const kept = '2026-05-04T03:02:01.000Z';
const file = new File(['12345'], 'x', { lastModified: modified });
let there: Map<string, { size: number; modifiedAt: string }>;

beforeEach(() => {
  there = new Map();
});

function ask(onConflict: ConflictChoice, path = 'in/50% ä.txt') {
  const batch = { targetUri: folderUri, onConflict: 'fail', isCancelled: false } as const;
  const item = { path, folderUri, size: file.size, file, onConflict, batch } as unknown as UploadItem;
  const find = (uri: string) => Promise.resolve(there.get(uri));
  return isStored(item, find, (name, number) => numberedName(name as EntryName, number));
}

const uriOf = (name: string) => `${folderUri}/${encodeURIComponent(name)}`;

test('a file of the same size and time under its name is the one that was sent', async () => {
  there.set(uriOf('50% ä.txt'), { size: 5, modifiedAt: kept });
  expect(await ask('fail')).toBe(true);
});

test.each([
  ['nothing', undefined],
  ['a file of another size', { size: 6, modifiedAt: kept }],
  ['a file of another time', { size: 5, modifiedAt: '2026-05-04T03:02:05.000Z' }],
])('%s under its name is not the one that was sent', async (_, entry) => {
  if (entry) there.set(uriOf('50% ä.txt'), entry);
  expect(await ask('fail')).toBe(false);
});

test('a file that was to keep both is looked for under its numbered names alone', async () => {
  there.set(uriOf('50% ä.txt'), { size: 5, modifiedAt: kept });
  expect(await ask('rename')).toBe(false);
  there.set(uriOf('50% ä (2).txt'), { size: 9, modifiedAt: kept });
  there.set(uriOf('50% ä (3).txt'), { size: 5, modifiedAt: kept });
  expect(await ask('rename')).toBe(true);
});

test('a file that replaces is sent again', async () => {
  there.set(uriOf('50% ä.txt'), { size: 5, modifiedAt: kept });
  expect(await ask('replace')).toBe(false);
});

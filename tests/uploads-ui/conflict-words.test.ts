import { expect, test } from 'vitest';
import { differenceOf } from '../../src/lib/features/uploads/conflict-words.ts';
import type { Existing, UploadItem } from '../../src/lib/features/uploads/upload-item.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const ours = { size: 5, modifiedAt: noon } as UploadItem;

function there(difference: number, facts: Partial<Existing> = {}): Existing {
  const modifiedAt = new Date(noon + difference).toISOString();
  return { kind: 'file', size: 7, modifiedAt, etag: 'e', sha256: null, ...facts };
}

test.each([
  [there(-60_000), 'yours is newer'],
  [there(60_000), 'yours is older'],
  [there(400), 'same date'],
  [there(-60_000, { size: 5 }), 'yours is newer, perhaps the same'],
  [there(-60_000, { size: 5, sha256: 'known to differ' }), 'yours is newer'],
])('beside %j it is said: %s', (existing, words) => {
  expect(differenceOf(ours, existing)).toBe(words);
});

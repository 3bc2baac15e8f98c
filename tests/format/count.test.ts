import { expect, test } from 'vitest';
import { countOf, formatCount } from '../../src/lib/format/count.ts';

test('thousands are separated', () => {
  expect(formatCount(100_000)).toBe('100,000');
});

test('one is singular, everything else is plural', () => {
  expect([0, 1, 2, 2314].map((n) => countOf(n, 'file'))).toEqual([
    '0 files',
    '1 file',
    '2 files',
    '2,314 files',
  ]);
  expect(countOf(2, 'entry', 'entries')).toBe('2 entries');
});

import { expect, test } from 'vitest';
import { formatBytes, formatBytesOf } from '../../src/lib/format/bytes.ts';

test.each([
  [0, '0 B'],
  [158, '158 B'],
  [999, '999 B'],
  [1000, '1 KB'],
  [2_300, '2.3 KB'],
  [214_000, '214 KB'],
  [1_100_000, '1.1 MB'],
  [170_498_071, '170 MB'],
  [1_040_000_000, '1.04 GB'],
  [1_210_000_000, '1.21 GB'],
  [48_230_000_000, '48.2 GB'],
  [2_000_000_000_000, '2 TB'],
])('%i bytes are written as %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  [999_499, '999 KB'],
  [999_500, '1 MB'],
  [9_949, '9.9 KB'],
  [9_950, '10 KB'],
  [9_994_999_999, '9.99 GB'],
  [9_996_000_000, '10 GB'],
  [99_960_000_000, '100 GB'],
])('a size that rounds up to the next unit is written in that unit: %i is %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test('progress names the unit once when both ends share it', () => {
  expect(formatBytesOf(1_100_000_000, 4_800_000_000)).toBe('1.1 of 4.8 GB');
  expect(formatBytesOf(640_000, 1_200_000_000)).toBe('640 KB of 1.2 GB');
});

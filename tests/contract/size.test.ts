import { expect, test } from 'vitest';
import { askUnit, parseSize, writeSize } from '../../server/contract/size.ts';

test('a size is written with its unit, as it is read', () => {
  for (const bytes of [0, 1, 999, 1000, 1500, 1_048_576, 500e6, 20e9, 2e12]) {
    expect(parseSize(writeSize(bytes))).toBe(bytes);
    expect(askUnit(writeSize(bytes))).toBeUndefined();
  }
  expect([500e6, 1_048_576].map(writeSize)).toEqual(['500M', '1048576B']);
});

test('a number alone is asked for its unit, except nothing, which is the same in all', () => {
  expect(askUnit(' 1.5 ')).toBe('Which unit? Write 1.5G or 1.5M.');
  for (const text of ['2', '0.5', '1048576']) expect(askUnit(text), text).toBeDefined();
  for (const text of ['0', '0.0', '', '2G', '2 b', '1.2.3', 'two'])
    expect(askUnit(text), text).toBeUndefined();
});

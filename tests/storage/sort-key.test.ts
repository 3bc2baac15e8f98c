import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryName } from '../../server/contract/path.ts';
import { nameFilter, nameKey, nameOfKey, numberKey, numberOfKey } from '../../server/storage/sort-key.ts';
import { sortKeys, sortNames } from '../../server/storage/sort-keys.ts';

const inOrder = (...names: string[]) => sortNames(names as EntryName[]);

describe('names in order', () => {
  test('a run of digits is one number, however long, whatever its zeros', () => {
    expect(inOrder('a10', 'a9', 'a2', 'a010', 'a1')).toEqual(['a1', 'a2', 'a9', 'a010', 'a10']);
    const powers = Array.from({ length: 60 }, (_, index) => `v1${'0'.repeat(index)}.txt`);
    expect(inOrder(...powers.toReversed())).toEqual(powers);
    expect(inOrder('1.10.0', '1.9.0', '1.9', '01.9.1')).toEqual(['1.9', '1.9.0', '01.9.1', '1.10.0']);
  });

  test('case and accents do not count, except between names that are otherwise the same', () => {
    expect(inOrder('b', 'B', 'a', 'A', 'c')).toEqual(['A', 'a', 'B', 'b', 'c']);
    expect(inOrder('zebra', 'étude', 'eta', 'fa', 'Éta')).toEqual(['eta', 'Éta', 'étude', 'fa', 'zebra']);
  });

  test('a name comes before the longer ones that begin with it', () => {
    expect(inOrder('ab', 'a', 'a b', 'a.b')).toEqual(['a', 'a b', 'a.b', 'ab']);
  });

  test('every key gives back its name, and its number', () => {
    const name = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(name, fc.maxSafeNat(), (name, number) => {
        expect(nameOfKey(nameKey(name as EntryName))).toBe(name);
        expect(numberOfKey(nameKey(name as EntryName))).toBeUndefined();
        expect(nameOfKey(numberKey(number, name as EntryName))).toBe(name);
        expect(numberOfKey(numberKey(number, name as EntryName))).toBe(number);
      }),
    );
  });

  test('numbers are ordered as numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
        const name = 'x' as EntryName;
        expect(numberKey(one, name) < numberKey(other, name)).toBe(one < other);
      }),
    );
  });
});

test('keys are sorted exactly as by Array.prototype.sort', () => {
  const key = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^sample_[0-9]{1,9}$/));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300, size: 'max' }), fc.string(), (keys, prefix) => {
      const prefixed = keys.map((key) => prefix + key);
      expect(sortKeys(prefixed)).toEqual(prefixed.toSorted());
    }),
  );
  const alike = Array.from({ length: 500 }, (_, index) => `語語語語語語語語${(index * 37) % 500}`);
  expect(sortKeys(alike)).toEqual(alike.toSorted());
  expect(sortKeys(Array(100).fill('same'))).toEqual(Array(100).fill('same'));
});

test('names are sorted exactly as their keys are', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.stringMatching(/^[aA]?0{0,3}[0-9]{1,12}[bB\u0301é]?[0-9]{0,3}$/),
  );
  const prefix = fc.oneof(fc.constantFrom('', 'IMG_00', 'Été 1', 'e\u0301'), fc.string());
  fc.assert(
    fc.property(fc.array(name, { maxLength: 300, size: 'max' }), prefix, (names, prefix) => {
      const prefixed = names
        .map((name) => (prefix + name).replaceAll('\0', ''))
        .filter((text) => text !== '') as EntryName[];
      expect(sortNames(prefixed)).toEqual(prefixed.map(nameKey).toSorted().map(nameOfKey));
    }),
    { numRuns: 300 },
  );
});

test('a filter ignores case and Unicode form, and knows no patterns', () => {
  const matches = nameFilter('CAF\u00c9.*');
  expect(matches('my cafe\u0301.* menu')).toBe(true);
  expect(matches('my café menu')).toBe(false);
});

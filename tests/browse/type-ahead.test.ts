import { expect, test } from 'vitest';
import { TypeAhead } from '../../src/lib/features/browse/type-ahead.ts';

const rows = ['Alpha', 'apple', 'banana', 'bandana', 'über uns'];
const names = { length: rows.length, at: (index: number) => rows[index]! };

function type(typeAhead: TypeAhead, text: string, from: number, at = 0): number {
  let index = from;
  for (const letter of text) index = typeAhead.next(letter, names, index, at);
  return index;
}

test('a letter goes to the next name that begins with it, whatever its case', () => {
  expect(type(new TypeAhead(), 'a', 0)).toBe(1);
});

test('the same letter again walks on, and round the end', () => {
  expect(type(new TypeAhead(), 'aa', -1)).toBe(1);
  expect(type(new TypeAhead(), 'aaa', -1)).toBe(0);
});

test('letters in quick succession are the beginning of a name', () => {
  expect(type(new TypeAhead(), 'band', -1)).toBe(3);
});

test('after a pause a new name begins', () => {
  const typeAhead = new TypeAhead();
  type(typeAhead, 'ban', -1, 0);
  expect(type(typeAhead, 'a', 2, 5000)).toBe(0);
});

test('a space belongs to a name only while one is being typed', () => {
  const typeAhead = new TypeAhead();
  expect(typeAhead.isTyping(0)).toBe(false);
  type(typeAhead, 'über', -1, 0);
  expect(typeAhead.isTyping(100)).toBe(true);
});

test('letters that begin no name lead nowhere', () => {
  expect(type(new TypeAhead(), 'zz', 2)).toBe(-1);
});

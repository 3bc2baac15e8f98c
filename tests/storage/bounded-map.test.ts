import { expect, test } from 'vitest';
import { boundedForEach, boundedMap } from '../../server/storage/bounded-map.ts';

/** Work that counts how much of it is under way. */
function counted() {
  const count = { current: 0, highest: 0 };
  const work = async (item: number) => {
    count.highest = Math.max(count.highest, ++count.current);
    await new Promise(setImmediate);
    count.current--;
    return item * 2;
  };
  return { count, work };
}

async function* numbers(end: number): AsyncGenerator<number> {
  for (let number = 0; number < end; number++) yield number;
}

test('results come in the order of the items, and no more than the limit work at once', async () => {
  const { count, work } = counted();
  const items = Array.from({ length: 50 }, (_, index) => index);
  expect(await boundedMap(items, 4, work)).toEqual(items.map((item) => item * 2));
  expect(count.highest).toBe(4);
  expect(await boundedMap([], 4, work)).toEqual([]);
});

test('every item of a source is worked on, no more than the limit at once', async () => {
  const { count, work } = counted();
  const seen: number[] = [];
  await boundedForEach(numbers(50), 4, async (item) => void seen.push(await work(item)));
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index * 2));
  expect(count.highest).toBe(4);
});

test('after a failure nothing more is begun, and the error comes when the rest is over', async () => {
  const { count, work } = counted();
  const begun: number[] = [];
  const working = boundedForEach(numbers(1000), 4, async (item) => {
    begun.push(item);
    await work(item);
    if (item === 5) throw new Error('the fifth');
  });
  await expect(working).rejects.toThrow('the fifth');
  expect(count.current).toBe(0);
  expect(begun.length).toBeLessThan(20);
});

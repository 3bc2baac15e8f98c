import { expect, test } from 'vitest';
import { PartPacing } from '../../src/lib/features/uploads/part-pacing.ts';

const mebibyte = 1024 * 1024;
const largest = 64 * mebibyte;

test('a line that nothing is known of begins with a small part', () => {
  expect(new PartPacing().next(largest)).toBe(mebibyte);
});

test('a part is what travels in eight seconds at the pace of the last one', () => {
  const pacing = new PartPacing();
  pacing.arrived(mebibyte, 1000);
  expect(pacing.next(largest)).toBe(8 * mebibyte);
  pacing.arrived(8 * mebibyte, 4000);
  expect(pacing.next(largest)).toBe(16 * mebibyte);
  pacing.arrived(16 * mebibyte, 32_000);
  expect(pacing.next(largest)).toBe(4 * mebibyte);
});

test('a fast line has the largest parts after one small one, and no larger ones than the server takes', () => {
  const pacing = new PartPacing();
  pacing.arrived(mebibyte, 20);
  expect(pacing.next(largest)).toBe(largest);
  expect(pacing.next(mebibyte / 2)).toBe(mebibyte / 2);
});

test('a part that was lost is followed by a smaller one, until one gets through', () => {
  const pacing = new PartPacing();
  pacing.arrived(mebibyte, 100);
  pacing.broke(pacing.next(largest));
  expect(pacing.next(largest)).toBe(16 * mebibyte);
  for (let time = 0; time < 5; time += 1) pacing.broke(pacing.next(largest));
  expect(pacing.next(largest)).toBe(mebibyte);
});

test('the short end of a file tells nothing of the line', () => {
  const pacing = new PartPacing();
  pacing.arrived(mebibyte, 500);
  pacing.arrived(100, 400);
  expect(pacing.next(largest)).toBe(16 * mebibyte);
});

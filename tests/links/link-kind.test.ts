import { expect, test } from 'vitest';
import { explainBadKind, plainKind } from '../../src/lib/features/links/link-kind.ts';

test('a limit of a drop link without a unit is asked for it, in its own field', () => {
  const drop = { ...plainKind, mode: 'drop' as const };
  expect(explainBadKind({ ...drop, fileSize: '2', totalSize: '20G' })).toEqual({
    fileSize: 'Which unit? Write 2G or 2M.',
  });
  expect(explainBadKind({ ...drop, totalSize: 'plenty' })).toEqual({
    totalSize: expect.stringMatching(/^Write a size/),
  });
  expect(explainBadKind({ ...drop, fileSize: '2M' })).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { highestLevel, includesLevel, levels } from '../../server/contract/level.ts';

describe('a level', () => {
  test('includes itself and those before it, and nothing includes more than it is', () => {
    for (const [have, level] of levels.entries()) {
      for (const [need, other] of levels.entries()) expect(includesLevel(level, other)).toBe(have >= need);
    }
    for (const level of levels) expect(includesLevel(undefined, level)).toBe(false);
  });

  test('is the highest of several, and of none there is none', () => {
    expect(highestLevel(['read', undefined, 'manage', 'list'])).toBe('manage');
    expect(highestLevel([undefined, 'list'])).toBe('list');
    expect(highestLevel([undefined])).toBeUndefined();
    expect(highestLevel([])).toBeUndefined();
  });
});

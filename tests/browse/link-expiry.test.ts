import { describe, expect, test } from 'vitest';
import { checkExpiry, expiryChoiceOf } from '../../src/lib/features/links/link-expiry.ts';

const now = new Date('2026-11-22T12:00:00Z');
const choice = expiryChoiceOf(null);

describe("a link's end", () => {
  test('is never when it is permanent', () => {
    expect(checkExpiry(choice, now)).toEqual({ expiresAt: null });
  });

  test('is so long from now', () => {
    const { expiresAt } = checkExpiry({ ...choice, kind: 'for', amount: 2, unit: 'hours' }, now);
    expect(expiresAt?.toISOString()).toBe('2026-11-22T14:00:00.000Z');
  });

  test('is read back from its field as the minute that it was', () => {
    const held = expiryChoiceOf('2026-11-24T15:40:00.000Z');
    expect(held.kind).toBe('until');
    expect(checkExpiry(held, now).expiresAt?.toISOString()).toBe('2026-11-24T15:40:00.000Z');
  });

  test.each([
    ['no number', { ...choice, kind: 'for', amount: null }],
    ['no day', { ...choice, kind: 'until', until: '' }],
    ['a day that is over', { ...choice, kind: 'until', until: '2026-11-20T10:00' }],
  ] as const)('cannot be %s', (_, bad) => {
    expect(checkExpiry(bad, now).problem).toBeDefined();
  });
});

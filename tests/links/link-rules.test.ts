import { describe, expect, test } from 'vitest';
import { stateOf, type LinkFacts } from '../../server/links/link-rules.ts';

const now = 1_000_000;
const live: LinkFacts = {
  revokedAt: null,
  expiresAt: null,
  itemCount: 1,
  isBacked: true,
  maxDownloads: null,
  usedDownloads: 0,
};

describe('a link', () => {
  test.each<[string, Partial<LinkFacts>, string]>([
    ['without an expiry is live', {}, 'live'],
    ['a moment before its expiry is live', { expiresAt: now + 1 }, 'live'],
    ['at its expiry is expired', { expiresAt: now }, 'expired'],
    ['after its expiry is expired', { expiresAt: now - 1 }, 'expired'],
    ['that was revoked is revoked', { revokedAt: now }, 'revoked'],
    ['revoked at a time to come is revoked nevertheless', { revokedAt: now + 1000 }, 'revoked'],
    ['both revoked and expired is revoked', { revokedAt: 1, expiresAt: 1 }, 'revoked'],
    ['whose creator may not any more is orphaned', { isBacked: false }, 'orphaned'],
    ['whose items are all deleted is orphaned', { itemCount: 0 }, 'orphaned'],
    ['with a download left is live', { maxDownloads: 2, usedDownloads: 1 }, 'live'],
    ['with no download left is used up', { maxDownloads: 2, usedDownloads: 2 }, 'used_up'],
    ['with more used than allowed is used up', { maxDownloads: 2, usedDownloads: 3 }, 'used_up'],
    ['with no limit is never used up', { usedDownloads: 1e9 }, 'live'],
    ['both expired and orphaned is expired', { expiresAt: now, isBacked: false }, 'expired'],
  ])('%s', (_, facts, state) => {
    expect(stateOf({ ...live, ...facts }, now)).toBe(state);
  });
});

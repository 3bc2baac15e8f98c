import type { LinkState } from '../contract/schemas.ts';

/** What decides whether a link works; the row is the truth. */
export type LinkFacts = {
  revokedAt: number | null;
  expiresAt: number | null;
  /** Whether the creator is active and still holds `manage` on every item. */
  isBacked: boolean;
  /** Items that have not been deleted. */
  itemCount: number;
  maxDownloads: number | null;
  usedDownloads: number;
};

/** A link whose expiry is this very instant is expired. */
export function stateOf(
  { revokedAt, expiresAt, isBacked, itemCount, maxDownloads, usedDownloads }: LinkFacts,
  now: number,
): LinkState {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  if (!isBacked || itemCount === 0) return 'orphaned';
  if (maxDownloads !== null && usedDownloads >= maxDownloads) return 'used_up';
  return 'live';
}

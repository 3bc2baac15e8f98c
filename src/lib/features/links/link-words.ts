import { breachWords } from '$contract/link-event-words.ts';
import type { Link } from '$contract/schemas.ts';
import { countOf } from '$lib/format/count.ts';
import { formatDate, relativeWords, untilWords } from '$lib/format/time.ts';

const endedWords = {
  revoked: 'revoked',
  used_up: 'used up',
  orphaned: 'its items are gone',
} as const;

/** `Against the rules: it has no end, it has no password.`, or nothing. */
export function breachesWords({ breaches }: Pick<Link, 'breaches'>): string {
  if (breaches.length === 0) return '';
  return `Against the rules of this installation: ${breaches.map((breach) => breachWords[breach]).join(', ')}. It works on.`;
}

/** Whether nobody has used it so far. */
export function isUntouched({
  opens,
  downloads,
  lastUsedAt,
}: Pick<Link, 'opens' | 'downloads' | 'lastUsedAt'>): boolean {
  return opens === 0 && downloads === 0 && lastUsedAt === null;
}

type Life = Pick<Link, 'state' | 'expiresAt' | 'revokedAt'> &
  Partial<Pick<Link, 'isRevokedByAdmin' | 'orphanedBy'>>;
/** `Permanent`, `until Tue 24 Nov, 15:40 (in 2 days)`, or how it came to its end. */
export function lifeWords(link: Life, now: Date): string {
  if (link.state === 'revoked' && link.revokedAt) {
    const by = link.isRevokedByAdmin ? ' by an administrator' : '';
    return `revoked${by} ${formatDate(link.revokedAt, now)}`;
  }
  if (link.orphanedBy === 'lost_right') return 'dead: its creator may not share this any more';
  if (link.state !== 'live' && link.state !== 'expired') return endedWords[link.state];
  return link.expiresAt === null ? 'Permanent' : untilWords(link.expiresAt, now);
}

/** Words and what stands in brackets after them: `until Tue 24 Nov, 15:40` and `in 2 days`. */
export function withoutBrackets(words: string): { words: string; aside: string } {
  const bracket = words.lastIndexOf(' (');
  return bracket === -1
    ? { words, aside: '' }
    : { words: words.slice(0, bracket), aside: words.slice(bracket + 2, -1) };
}

/** `2 downloads`, or `3 of 5 downloads left` while it lives, or nothing where there is neither. */
export function downloadWords({
  state,
  downloads,
  downloadsLeft,
  maxDownloads,
}: Pick<Link, 'state' | 'downloads' | 'downloadsLeft' | 'maxDownloads'>): string {
  if (state === 'live' && maxDownloads !== null)
    return `${downloadsLeft} of ${countOf(maxDownloads, 'download')} left`;
  return downloads > 0 ? countOf(downloads, 'download') : '';
}

/** `never opened`, `opened 14 times, 2 downloads, last 2 hours ago` */
export function usesWords(link: Omit<Link, 'url'>, now: Date): string {
  const { opens, downloads, lastUsedAt } = link;
  const isUsed = opens > 0 || downloads > 0;
  const parts = [
    opens > 0
      ? `opened ${opens === 1 ? 'once' : countOf(opens, 'time')}`
      : isUsed
        ? 'not opened'
        : 'never opened',
    downloadWords(link),
    lastUsedAt ? `last ${relativeWords(lastUsedAt, now)}` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

const undoRevokeMs = 10 * 60_000;

/** Whether the server still takes the revocation of this link back. */
export function canRestore(
  { revokedAt, isRevokedByAdmin }: Pick<Link, 'revokedAt' | 'isRevokedByAdmin'>,
  now: Date,
): boolean {
  return (
    revokedAt !== null && !isRevokedByAdmin && now.getTime() - new Date(revokedAt).getTime() < undoRevokeMs
  );
}

/** `cifar-10`, `train, labels.parquet and 2 more` */
export function itemsWords(names: readonly string[], most = 2): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

import type { Link } from '$contract/schemas.ts';
import { countOf } from '$lib/format/count.ts';
import { formatDate, relativeWords, untilWords } from '$lib/format/time.ts';

const endedWords = {
  revoked: 'revoked',
  used_up: 'used up',
  orphaned: 'its items are gone',
} as const;

/** `Permanent`, `until Tue 24 Nov, 15:40 (in 2 days)`, or how it came to its end. */
export function lifeWords(link: Pick<Link, 'state' | 'expiresAt' | 'revokedAt'>, now: Date): string {
  if (link.state === 'revoked' && link.revokedAt) return `revoked ${formatDate(link.revokedAt, now)}`;
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
export function usesWords(link: Link, now: Date): string {
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
export function canRestore({ revokedAt }: Pick<Link, 'revokedAt'>, now: Date): boolean {
  return revokedAt !== null && now.getTime() - new Date(revokedAt).getTime() < undoRevokeMs;
}

/** `cifar-10`, `train, labels.parquet and 2 more` */
export function itemsWords(names: readonly string[], most = 2): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

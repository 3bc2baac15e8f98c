import { formatBytes } from '../../format/bytes.ts';
import { countOf } from '../../format/count.ts';
import { formatDay } from '../../format/time.ts';
import type { LinkView } from './link-view.ts';

/** What a chat tells of a link beside its title: `3 items, 1.2 GB, until 24 Nov`. In UTC, as nobody in particular reads it. */
export function unfurlWords({ link, file, entry, children }: LinkView, now: Date): string {
  const count = entry ? (children?.total ?? 0) : link.itemCount;
  const bytes = file ? (file.size ?? 0) : entry ? 0 : link.fileBytes;
  const words = [
    !file && countOf(count, 'item'),
    (file || bytes > 0) && formatBytes(bytes),
    link.expiresAt && `until ${formatDay(link.expiresAt, now, { timeZone: 'UTC' })}`,
  ];
  return words.filter(Boolean).join(', ');
}

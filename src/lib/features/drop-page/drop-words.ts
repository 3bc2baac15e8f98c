import type { DropLimits, SentDrop } from '../../../../server/contract/schemas.ts';
import { formatBytes } from '../../format/bytes.ts';
import { countOf } from '../../format/count.ts';

/** What a link takes, in words; empty when it takes everything. */
export function limitWords({ maxFileBytes, maxBytes, maxFiles, types }: DropLimits): string {
  return [
    types && `only ${types.map((type) => `.${type}`).join(', ')}`,
    maxFiles !== null && `up to ${countOf(maxFiles, 'file')}`,
    maxFileBytes !== null && `${formatBytes(maxFileBytes)} each`,
    maxBytes !== null && `${formatBytes(maxBytes)} in all`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Under which other name a file is kept, if it is another. */
export function keptAs({ sentPath, storedPath }: SentDrop): string | undefined {
  return sentPath === storedPath ? undefined : `kept as ${storedPath}`;
}

const reasons: Record<string, string> = {
  type_refused: 'this link does not take files of that kind',
  file_too_large: 'too large for this link',
  link_full: 'this link takes no more',
  bad_name: 'a name that cannot be stored',
  bad_path: 'a name that cannot be stored',
};

/** What came of a form that was sent without scripts, as the page's query says it. */
export function formOutcome(query: URLSearchParams): { sent: number; refused: string } | undefined {
  if (!query.has('sent')) return undefined;
  const sent = Number(query.get('sent')) || 0;
  const refused = Number(query.get('refused')) || 0;
  const why = reasons[query.get('why') ?? ''] ?? 'choose a file first, and see that it can be read';
  return { sent, refused: refused > 0 ? `${countOf(refused, 'file')} not stored: ${why}.` : '' };
}

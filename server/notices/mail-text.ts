import type { Notice } from './notice.ts';

const events: Record<Notice['event'], string> = {
  'link.first_download': 'was downloaded for the first time',
  'link.dropped': 'received files',
  'link.expiring': 'expires within a day',
};

/** `“for the review” was downloaded for the first time` */
export function subjectOf({ event, link }: Notice): string {
  return `“${nameOf(link)}” ${events[event]}`.replaceAll(/\p{Cc}/gu, ' ');
}

export function textOf(notice: Notice): string {
  const { link, files, by, at } = notice;
  const lines = [`Your link ${subjectOf(notice)}.`, ''];
  if (files && files.names.length > 0) {
    const more = files.count - files.names.length;
    lines.push(...files.names.map((name) => `  ${name}`), ...(more > 0 ? [`  and ${more} more`] : []), '');
  }
  if (by) {
    const from = [by.sender && `“${by.sender}”`, by.client, by.address && `from ${by.address}`];
    lines.push(`By: ${from.filter(Boolean).join(', ')}`);
  }
  lines.push(`When: ${at}`);
  if (link.expiresAt !== null) lines.push(`Works until: ${link.expiresAt}`);
  lines.push(`On: ${link.items.slice(0, 5).join(', ')}${link.items.length > 5 ? ' and more' : ''}`);
  if (link.page !== null) lines.push('', `What was done with it: ${link.page}`);
  lines.push('', 'You get this because you asked for mail about this link. Edit the link to end it.');
  return `${lines.join('\n')}\n`;
}

function nameOf({ label, items }: Notice['link']): string {
  return label ?? items[0]?.slice(items[0].lastIndexOf('/') + 1) ?? 'a link';
}

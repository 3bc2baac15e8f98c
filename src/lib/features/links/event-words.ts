import type { LinkEvent } from '$contract/schemas.ts';
import { formatBytes } from '$lib/format/bytes.ts';
import { countOf, formatCount } from '$lib/format/count.ts';

export type EventWords = {
  /** `Downloaded`, and what stands beside it as a name. */
  verb: string;
  name: string;
  /** `, 3 times` or ` as a zip`, after the name. */
  rest: string;
  outcome: string;
  tone: 'good' | 'bad' | 'muted';
};

type Facts = Pick<LinkEvent, 'kind' | 'path' | 'items' | 'begun' | 'finished' | 'isRunning' | 'bytes'>;

/** One row of a timeline in words: what was done, with what, and how it came out. */
export function eventWords(event: Facts): EventWords {
  const { kind, path, items, begun, bytes } = event;
  const name = path ?? '';
  const often = begun > 1 ? `, ${formatCount(begun)} times` : '';
  switch (kind) {
    case 'opened':
      return { verb: 'Opened', name: '', rest: often, outcome: '', tone: 'muted' };
    case 'previewed':
      return { verb: 'Looked at', name, rest: often, outcome: formatBytes(bytes), tone: 'muted' };
    case 'dropped':
      return { verb: 'Dropped', name, rest: often, outcome: formatBytes(bytes), tone: 'good' };
    case 'downloaded':
      return { verb: begun === 0 ? 'Went on with' : 'Downloaded', name, rest: often, ...outcomeOf(event) };
    case 'zipped': {
      const more = path !== null && items > 1 ? ` and ${formatCount(items - 1)} more` : '';
      const verb = path === null ? 'Downloaded everything' : 'Downloaded';
      return { verb, name, rest: `${more} as a zip${often}`, ...outcomeOf(event) };
    }
  }
}

function outcomeOf({ begun, finished, isRunning, bytes }: Facts): Pick<EventWords, 'outcome' | 'tone'> {
  const size = formatBytes(bytes);
  if (isRunning) return { outcome: `going on, ${size} so far`, tone: 'muted' };
  const all = Math.max(begun, 1);
  if (finished >= all) return { outcome: `${size}, finished`, tone: 'good' };
  if (all === 1) return { outcome: `broken off after ${size}`, tone: 'bad' };
  return { outcome: `${size}, ${countOf(all - finished, 'time')} broken off`, tone: 'bad' };
}

/** `curl, from 203.0.113.0/24`, `“Eve”, with Firefox` */
export function visitorWords({
  client,
  address,
  sender,
}: Pick<LinkEvent, 'client' | 'address' | 'sender'>): string {
  const program =
    client === 'bot' ? 'a bot that makes previews' : client === 'unknown' ? 'an unknown program' : client;
  const who = sender === null ? program : `“${sender}”, with ${program}`;
  return address === '' ? who : `${who}, from ${address}`;
}

import type { LinkBreach, LinkEvent } from './schemas.ts';

export type EventWords = {
  /** `Downloaded`, and what stands beside it as a name. */
  verb: string;
  name: string;
  /** `, 3 times` or ` as a zip`, after the name. */
  rest: string;
  outcome: string;
  tone: 'good' | 'bad' | 'muted';
};

type FormatBytes = (bytes: number) => string;
type Facts = Pick<LinkEvent, 'kind' | 'path' | 'items' | 'begun' | 'finished' | 'isRunning' | 'bytes'>;

const count = new Intl.NumberFormat('en');

function timesWords(times: number): string {
  return times === 1 ? 'once' : `${count.format(times)} times`;
}

/**
 * One row of a timeline in words: what was done, with what, and how it came out. How a size is written is for the page or the
 * terminal to say.
 */
export function eventWords(event: Facts, formatBytes: FormatBytes): EventWords {
  const { kind, path, items, begun, bytes } = event;
  const name = path ?? '';
  const often = begun > 1 ? `, ${count.format(begun)} times` : '';
  switch (kind) {
    case 'opened':
      return { verb: 'Opened', name: '', rest: often, outcome: '', tone: 'muted' };
    case 'previewed':
      return { verb: 'Looked at', name, rest: often, outcome: formatBytes(bytes), tone: 'muted' };
    case 'dropped':
      return { verb: 'Dropped', name, rest: often, outcome: formatBytes(bytes), tone: 'good' };
    case 'downloaded':
      return {
        verb: begun === 0 ? 'Went on with' : 'Downloaded',
        name,
        rest: often,
        ...outcomeOf(event, formatBytes),
      };
    case 'zipped': {
      const more = path !== null && items > 1 ? ` and ${count.format(items - 1)} more` : '';
      const verb = path === null ? 'Downloaded everything' : 'Downloaded';
      return { verb, name, rest: `${more} as a zip${often}`, ...outcomeOf(event, formatBytes) };
    }
  }
}

function outcomeOf(
  { begun, finished, isRunning, bytes }: Facts,
  formatBytes: FormatBytes,
): Pick<EventWords, 'outcome' | 'tone'> {
  const size = formatBytes(bytes);
  if (isRunning) return { outcome: `going on, ${size} so far`, tone: 'muted' };
  const all = Math.max(begun, 1);
  if (finished >= all) return { outcome: `${size}, finished`, tone: 'good' };
  if (all === 1) return { outcome: `broken off after ${size}`, tone: 'bad' };
  return { outcome: `${size}, ${timesWords(all - finished)} broken off`, tone: 'bad' };
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

/** What a link that is older than a rule does not keep to. */
export const breachWords: Record<LinkBreach, string> = {
  permanent: 'it has no end',
  too_long: 'it lasts too long',
  no_password: 'it has no password',
};

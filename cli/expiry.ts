import { InvalidArgumentError } from 'commander';
import { maxLinkSeconds, parseDuration } from '../server/contract/duration.ts';

/** When a link ends, as the API takes it: so many seconds from now, or at a date. */
export type Expiry = { expiresIn: number } | { expiresAt: string };

const isoDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Parses `90m`, `12h`, `7d`, `2w`, or an ISO 8601 date, which is local time unless it says otherwise. */
export function parseExpiry(text: string): Expiry {
  const expiresIn = parseDuration(text);
  if (expiresIn !== undefined) {
    if (expiresIn < 1 || expiresIn > maxLinkSeconds) {
      throw new InvalidArgumentError(
        'It is more than 0, and at most ten years. For longer, leave --expires away.',
      );
    }
    return { expiresIn };
  }
  // A date alone is the beginning of that day here, not in Greenwich as Date.parse has it.
  const time = isoDate.test(text) ? Date.parse(text.includes('T') ? text : `${text}T00:00`) : Number.NaN;
  if (Number.isNaN(time) || !isInCalendar(text)) {
    throw new InvalidArgumentError('It looks like 90m, 12h, 7d, 2w or 2026-12-24T18:00.');
  }
  return { expiresAt: new Date(time).toISOString() };
}

/** Date.parse takes 30 February for 2 March. */
function isInCalendar(text: string): boolean {
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}

type Moment = Date | string;
/** `timeZone` is the reader's own unless given. */
type Zone = { timeZone?: string };

const formats = new Map<string, Intl.DateTimeFormat>();

function format(date: Date, options: Intl.DateTimeFormatOptions, { timeZone }: Zone): string {
  const key = JSON.stringify([options, timeZone]);
  let formatter = formats.get(key);
  if (!formatter) {
    // English words with day before month; a 24-hour clock.
    formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone });
    formats.set(key, formatter);
  }
  return formatter.format(date);
}

const dayOf = (date: Date, zone: Zone) =>
  format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }, zone);
const clockOf = (date: Date, zone: Zone) => format(date, { hour: '2-digit', minute: '2-digit' }, zone);
// en-GB writes September as "Sept", the one month of four letters.
const monthOf = (date: Date, zone: Zone) => format(date, { month: 'short' }, zone).slice(0, 3);
const yearOf = (date: Date, zone: Zone) => format(date, { year: 'numeric' }, zone);
const numberOf = (date: Date, zone: Zone) => format(date, { day: 'numeric' }, zone);

/** `today, 09:14`, `yesterday, 18:02`, `12 Nov 2026` */
export function formatDate(at: Moment, now: Date, zone: Zone = {}): string {
  const date = new Date(at);
  const day = dayOf(date, zone);
  if (day === dayOf(now, zone)) return `today, ${clockOf(date, zone)}`;
  if (day === dayOf(dayBefore(now), zone)) return `yesterday, ${clockOf(date, zone)}`;
  return `${numberOf(date, zone)} ${monthOf(date, zone)} ${yearOf(date, zone)}`;
}

/** `Today`, `Yesterday`, `Thu 12 Nov 2026` */
export function dayWords(at: Moment, now: Date, zone: Zone = {}): string {
  const date = new Date(at);
  const day = dayOf(date, zone);
  if (day === dayOf(now, zone)) return 'Today';
  if (day === dayOf(dayBefore(now), zone)) return 'Yesterday';
  const weekday = format(date, { weekday: 'short' }, zone);
  return `${weekday} ${numberOf(date, zone)} ${monthOf(date, zone)} ${yearOf(date, zone)}`;
}

/** `09:14` */
export function formatClock(at: Moment, zone: Zone = {}): string {
  return clockOf(new Date(at), zone);
}

/** `24 Nov`, or `24 Nov 2027` in another year */
export function formatDay(at: Moment, now: Date, zone: Zone = {}): string {
  const date = new Date(at);
  const year = yearOf(date, zone) === yearOf(now, zone) ? '' : ` ${yearOf(date, zone)}`;
  return `${numberOf(date, zone)} ${monthOf(date, zone)}${year}`;
}

/** In full, for a tooltip: `Thu 12 Nov 2026, 09:14:05` */
export function formatMoment(at: Moment, zone: Zone = {}): string {
  const date = new Date(at);
  const weekday = format(date, { weekday: 'short' }, zone);
  const clock = format(date, { hour: '2-digit', minute: '2-digit', second: '2-digit' }, zone);
  return `${weekday} ${numberOf(date, zone)} ${monthOf(date, zone)} ${yearOf(date, zone)}, ${clock}`;
}

/** `until Tue 24 Nov, 15:40 (in 2 days)`; for a permanent link, `null`, it says so; for a past one, `expired …`. */
export function untilWords(expiresAt: Moment | null, now: Date, zone: Zone = {}): string {
  if (expiresAt === null) return 'works until you revoke it';
  const date = new Date(expiresAt);
  const weekday = format(date, { weekday: 'short' }, zone);
  const moment = `${weekday} ${formatDay(date, now, zone)}, ${clockOf(date, zone)}`;
  const word = date > now ? 'until' : 'expired';
  return `${word} ${moment} (${relativeWords(date, now)})`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const steps = [
  { unit: 'minute', ms: 60_000, below: 60 },
  { unit: 'hour', ms: 3_600_000, below: 24 },
  { unit: 'day', ms: 86_400_000, below: 60 },
  { unit: 'month', ms: 30.4375 * 86_400_000, below: 24 },
  { unit: 'year', ms: 365.25 * 86_400_000, below: Infinity },
] as const;

/** `in 2 days`, `5 minutes ago`, `just now`, `in less than a minute` */
export function relativeWords(at: Moment, now: Date): string {
  const difference = new Date(at).getTime() - now.getTime();
  const distance = Math.abs(difference);
  if (distance < 30_000) return difference > 0 ? 'in less than a minute' : 'just now';
  for (const { unit, ms, below } of steps) {
    const amount = Math.max(1, Math.round(distance / ms));
    if (amount < below) return relative.format(difference > 0 ? amount : -amount, unit);
  }
  return '';
}

/** Time left of a transfer: `5 s`, `1 min`, `2 h 10 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 || hours >= 24 ? `${hours} h` : `${hours} h ${rest} min`;
}

function dayBefore(date: Date): Date {
  const before = new Date(date);
  before.setDate(before.getDate() - 1);
  return before;
}

import type { DurationUnit } from '$contract/duration.ts';
import type { LinkRules } from '$contract/schemas.ts';
import { checkLife, presetLife } from './link-life.ts';
import { lifeLimitWords, noRules } from './rules-words.ts';

/** How a link's end is chosen in a form. `until` is local time as a `datetime-local` field holds it. */
export type ExpiryChoice = {
  kind: 'permanent' | 'for' | 'until';
  amount: number | null;
  unit: DurationUnit;
  until: string;
};

/** The choice that says what holds for a link already. */
export function expiryChoiceOf(expiresAt: string | null): ExpiryChoice {
  const until = expiresAt === null ? '' : toLocalField(new Date(expiresAt));
  return { kind: expiresAt === null ? 'permanent' : 'until', ...presetLife, until };
}

export type CheckedExpiry =
  { expiresAt: Date | null; problem?: undefined } | { expiresAt?: undefined; problem: string };

/** When the link will end, null = never, or why that cannot be. */
export function checkExpiry(
  { kind, amount, unit, until }: ExpiryChoice,
  now: Date,
  { maxSeconds, isPermanentAllowed }: LinkRules = noRules,
): CheckedExpiry {
  if (kind === 'permanent')
    return isPermanentAllowed
      ? { expiresAt: null }
      : { problem: 'Here, a link has an end: an administrator set this rule.' };
  if (kind === 'for') {
    const { seconds, problem } = checkLife(amount, unit, maxSeconds);
    return problem === undefined ? { expiresAt: new Date(now.getTime() + seconds * 1000) } : { problem };
  }
  const expiresAt = new Date(until);
  if (Number.isNaN(expiresAt.getTime())) return { problem: 'Choose a day and a time.' };
  if (expiresAt <= now) return { problem: 'This is in the past. To end the link now, revoke it.' };
  // A minute more, as the server grants it: to fill in a form takes time.
  if (maxSeconds !== null && expiresAt.getTime() > now.getTime() + maxSeconds * 1000 + 60_000)
    return { problem: `${lifeLimitWords(maxSeconds)} from now at most: an administrator set this rule.` };
  return { expiresAt };
}

/** `2026-11-24T15:40`, in the reader's time zone. */
function toLocalField(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

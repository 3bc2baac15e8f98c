import { maxLinkSeconds, secondsPerUnit, type DurationUnit } from '$contract/duration.ts';
import { lifeLimitWords } from './rules-words.ts';

export type LinkLife = { amount: number; unit: DurationUnit };

export const units = Object.keys(secondsPerUnit) as DurationUnit[];

export const presetLife: LinkLife = { amount: 1, unit: 'days' };
export const quickLives: (LinkLife & { label: string })[] = [
  { label: '1 hour', amount: 1, unit: 'hours' },
  { label: '1 day', amount: 1, unit: 'days' },
  { label: '7 days', amount: 7, unit: 'days' },
  { label: '30 days', amount: 30, unit: 'days' },
];

/** What the form begins with: a day, or the longest that the rules allow. */
export function presetLifeWithin(maxSeconds: number | null): LinkLife {
  if (maxSeconds === null || maxSeconds >= secondsPerUnit.days) return presetLife;
  return { amount: Math.max(1, Math.floor(maxSeconds / secondsPerUnit.hours)), unit: 'hours' };
}

export type CheckedLife = { seconds: number; problem?: undefined } | { seconds?: undefined; problem: string };

/** What was typed, in seconds, or why it cannot be a link's life. An empty number field gives null. */
export function checkLife(
  amount: number | null | undefined,
  unit: DurationUnit,
  maxSeconds: number | null = null,
): CheckedLife {
  if (amount == null || !Number.isInteger(amount) || amount < 1)
    return { problem: 'Write a whole number, 1 or more.' };
  const seconds = amount * secondsPerUnit[unit];
  if (maxSeconds !== null && seconds > maxSeconds)
    return { problem: `${lifeLimitWords(maxSeconds)} at most: an administrator set this rule.` };
  if (seconds > maxLinkSeconds) return { problem: 'Ten years at most. A permanent link lasts for ever.' };
  return { seconds };
}

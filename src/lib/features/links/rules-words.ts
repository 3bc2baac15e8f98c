import { secondsPerUnit } from '$contract/duration.ts';
import type { LinkRules } from '$contract/schemas.ts';
import { countOf } from '$lib/format/count.ts';

/** Before they are known, nothing is held against anyone: the server has the last word. */
export const noRules: LinkRules = {
  maxSeconds: null,
  isPermanentAllowed: true,
  isPasswordRequired: false,
  canNotify: false,
};

/** `7 days`, `12 hours` */
export function lifeLimitWords(seconds: number): string {
  return seconds % secondsPerUnit.days === 0
    ? countOf(seconds / secondsPerUnit.days, 'day')
    : countOf(Math.floor(seconds / secondsPerUnit.hours), 'hour');
}

/** What a link here must keep to, in a sentence; nothing where all is open. */
export function rulesWords({ maxSeconds, isPermanentAllowed, isPasswordRequired }: LinkRules): string {
  const parts = [
    maxSeconds !== null ? `lasts ${lifeLimitWords(maxSeconds)} at most` : !isPermanentAllowed && 'has an end',
    isPasswordRequired && 'has a password',
  ].filter(Boolean);
  return parts.length === 0 ? '' : `Here, a link ${parts.join(' and ')}: an administrator set this rule.`;
}

/** Seconds in each unit that a link's life is given in. */
export const secondsPerUnit = { minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 } as const;
export type DurationUnit = keyof typeof secondsPerUnit;

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds in `90m`, `12h`, `7d`, `2w`, or undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  return amount === undefined || unit === undefined
    ? undefined
    : Number(amount) * (secondsOf[unit] as number);
}

/** The longest life of an expiring link: ten years. What should last longer is permanent. */
export const maxLinkSeconds = 10 * 365 * 86_400;

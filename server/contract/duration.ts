/** Seconds in each unit that a link's life is given in. */
export const secondsPerUnit = { minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 } as const;
export type DurationUnit = keyof typeof secondsPerUnit;

/** The longest life of an expiring link: ten years. What should last longer is permanent. */
export const maxLinkSeconds = 10 * 365 * 86_400;

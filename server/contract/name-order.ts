const collator = new Intl.Collator('en', { numeric: true });

/** Orders names as people do: `d2` before `d10`, capitals among small letters. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}

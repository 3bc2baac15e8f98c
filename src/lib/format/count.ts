const number = new Intl.NumberFormat('en');

/** `10,000` */
export function formatCount(count: number): string {
  return number.format(count);
}

/** `1 file`, `2,314 files`, `2 entries` */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${number.format(count)} ${count === 1 ? noun : plural}`;
}

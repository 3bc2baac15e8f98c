const units = ['', 'k', 'm', 'g', 't'];

/** Bytes in `500M`, `1.5 GB`, `1048576`: decimal units, as disks are sold. undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]?)b?\s*$/i.exec(text) ?? [];
  const bytes = Math.round(Number(digits) * 1000 ** units.indexOf(unit.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** What to ask a person who wrote a number alone, such as `2` for 2 GB; undefined for anything else. */
export function askUnit(text: string): string | undefined {
  const number = text.trim();
  if (!/^[\d.]*[1-9][\d.]*$/.test(number) || parseSize(number) === undefined) return undefined;
  return `Which unit? Write ${number}G or ${number}M.`;
}

/** As `parseSize` reads it, exact and with its unit: `500M`, `1048576B`. */
export function writeSize(bytes: number): string {
  let power = 0;
  while (bytes > 0 && power < units.length - 1 && bytes % 1000 ** (power + 1) === 0) power += 1;
  return `${bytes / 1000 ** power}${units[power]!.toUpperCase() || 'B'}`;
}

/** To three digits: `1.24G`. */
export function shortSize(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))}${units[power]!.toUpperCase()}`;
}

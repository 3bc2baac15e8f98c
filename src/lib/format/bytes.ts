const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** In decimal units, as disks are sold: `158 B`, `2.3 KB`, `214 KB`, `1.04 GB`. Two decimals from a gigabyte up. */
export function formatBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  // 999.5 would be written as 1000, which is 1 of the next unit.
  while (value >= 999.5 && power < units.length - 1) {
    value /= 1000;
    power++;
  }
  const digits =
    power === 0 || value >= 99.95 ? 0 : power >= 3 ? (value >= 9.995 ? 1 : 2) : value >= 9.95 ? 0 : 1;
  return `${Number(value.toFixed(digits))} ${units[power]}`;
}

/** With both ends in one unit where they share it: `1.1 of 4.8 GB`, `640 KB of 1.2 GB`. */
export function formatBytesOf(done: number, total: number): string {
  const [first, whole] = [formatBytes(done), formatBytes(total)];
  const [value, unit] = first.split(' ');
  return whole.endsWith(` ${unit}`) ? `${value} of ${whole}` : `${first} of ${whole}`;
}

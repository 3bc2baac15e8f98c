const letters = ['', 'K', 'M', 'G', 'T', 'P', 'E'];
const words = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** As `ls -h` writes sizes: powers of 1024, at most four characters, rounded up. */
export function shortBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  while (value >= 1024 && power < letters.length - 1) {
    value /= 1024;
    power += 1;
  }
  if (power === 0) return String(bytes);
  const rounded = value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value);
  if (rounded >= 1024 && power < letters.length - 1) return `1.0${letters[power + 1]}`;
  return `${rounded < 10 ? rounded.toFixed(1) : rounded}${letters[power]}`;
}

/** In words, with decimal units as the page writes them: `214 KB`, `1.04 GB`. */
export function formatBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  while (value >= 999.5 && power < words.length - 1) {
    value /= 1000;
    power += 1;
  }
  const digits = power === 0 || value >= 99.95 ? 0 : value >= 9.95 ? 1 : 2;
  return `${value.toFixed(digits)} ${words[power]}`;
}

const thousands = new Intl.NumberFormat('en');

export function formatCount(count: number, noun: string): string {
  return `${thousands.format(count)} ${count === 1 ? noun : `${noun}s`}`;
}

/** `8 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Local time to the minute: `2026-09-01 18:00`. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  const two = (number: number) => String(number).padStart(2, '0');
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}` +
    ` ${two(date.getHours())}:${two(date.getMinutes())}`
  );
}

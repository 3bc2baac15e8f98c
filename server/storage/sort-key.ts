import type { EntryName } from '../contract/path.ts';

/**
 * A string whose plain comparison gives the order people expect, and which ends with the name itself, so that sorting
 * needs no comparator (a collator takes seconds for 100,000 names) and equal names cannot occur. The parts are
 * separated by NUL, which no name contains and which sorts first.
 */
export type SortKey = string;

/** Ignores case and accents, and takes a run of digits for one number: `a2` before `A10`. */
export function nameKey(name: EntryName): SortKey {
  // Joined into one piece: chained pieces, of 100,000 names, would be copied by the collector and flattened by the sort.
  return [natural(name), name].join('\0');
}

/** Orders by a whole number from 0 to 2^53 - 1 first. */
export function numberKey(number: number, name: EntryName): SortKey {
  return `${String(number).padStart(16, '0')}\0${nameKey(name)}`;
}

export function nameOfKey(key: SortKey): EntryName {
  return key.slice(key.lastIndexOf('\0') + 1) as EntryName;
}

/** The number in front, or undefined in a key that orders by name alone. */
export function numberOfKey(key: SortKey): number | undefined {
  const end = key.indexOf('\0');
  return end === key.lastIndexOf('\0') ? undefined : Number(key.slice(0, end));
}

/**
 * Reads the beginning of names' keys, behind a prefix that all the names share, without making the keys: 100,000
 * strings that are thrown away again cost more than the sort they are for. Past its end a key counts as NUL.
 */
export function keyReader(prefix: string): (name: EntryName, codes: Uint16Array) => unknown {
  // A number is read from its first digit on, since its length comes before it.
  const start = onlyAscii.test(prefix) ? prefix.replace(/\d+$/, '').length : 0;
  const keyStart = natural(prefix.slice(0, start)).length;
  const readWhole = (name: EntryName, codes: Uint16Array) =>
    copyCodes(natural(name), keyStart, codes.fill(0), 0);
  return (name, codes) => {
    codes.fill(0);
    for (let at = start, filled = 0; at < name.length && filled < codes.length; at++) {
      const code = name.charCodeAt(at);
      if (code > 127) return readWhole(name, codes);
      if (isDigit(code)) {
        const number = numberAt(name, at);
        // An accent may stand within a number: without it, the number goes on.
        if (name.charCodeAt(number.end) > 127) return readWhole(name, codes);
        filled = copyCodes(lengthMark(number.end - number.start), 0, codes, filled);
        for (let digit = number.start; digit < number.end && filled < codes.length; digit++)
          codes[filled++] = name.charCodeAt(digit);
        at = number.end - 1;
      } else codes[filled++] = code >= 65 && code <= 90 ? code + 32 : code;
    }
    return undefined;
  };
}

/** Answers how many codes are filled then. */
function copyCodes(text: string, from: number, codes: Uint16Array, filled: number): number {
  for (let at = from; at < text.length && filled < codes.length; at++) codes[filled++] = text.charCodeAt(at);
  return filled;
}

/** The run of digits that begins at `at`, without the zeros in front. */
function numberAt(text: string, at: number): { start: number; end: number } {
  let end = at + 1;
  while (isDigit(text.charCodeAt(end))) end++;
  let start = at;
  while (start < end - 1 && text[start] === '0') start++;
  return { start, end };
}

function natural(name: string): string {
  const folded = fold(name);
  let key = '';
  let copied = 0;
  for (let at = 0; at < folded.length; at++) {
    if (!isDigit(folded.charCodeAt(at))) continue;
    const { start, end } = numberAt(folded, at);
    key += folded.slice(copied, at) + lengthMark(end - start) + folded.slice(start, end);
    copied = end;
    at = end;
  }
  return key + folded.slice(copied);
}

/** The longer of two numbers is the larger: so its length goes before it, in digits that compare as lengths do. */
function lengthMark(length: number): string {
  return length < 9 ? String(length) : `9${lengthMark(length - 8)}`;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

const marks = /[\u0300-\u036f]/g;
const onlyAscii = /^[\0-\x7f]*$/;

function fold(name: string): string {
  return onlyAscii.test(name) ? name.toLowerCase() : name.normalize('NFKD').replace(marks, '').toLowerCase();
}

/** Whether a name holds `text`, whatever the case and the Unicode form of the two. */
export function nameFilter(text: string): (name: string) => boolean {
  const wanted = text.normalize().toLowerCase();
  return (name) => name.normalize().toLowerCase().includes(wanted);
}

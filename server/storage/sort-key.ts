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

function natural(name: string): string {
  const folded = fold(name);
  let key = '';
  let copied = 0;
  for (let at = 0; at < folded.length; at++) {
    if (!isDigit(folded.charCodeAt(at))) continue;
    let end = at + 1;
    while (isDigit(folded.charCodeAt(end))) end++;
    let start = at;
    while (start < end - 1 && folded[start] === '0') start++;
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

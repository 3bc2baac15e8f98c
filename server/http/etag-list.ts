import { AppError } from '../contract/app-error.ts';

/** What an If-Match or If-None-Match header asks for (RFC 9110 13.1.1, 13.1.2). */
export type EtagList = '*' | { tag: string; isWeak: boolean }[];

export function parseEtagList(header: string): EtagList {
  if (header.trim() === '*') return '*';
  const list = [...header.matchAll(/(W\/)?"([^"]*)"/g)].map((match) => ({
    tag: match[2] ?? '',
    isWeak: match[1] !== undefined,
  }));
  if (list.length === 0) throw new AppError('invalid', 'An entity tag is a word in double quotes.');
  return list;
}

/** Strong comparison (RFC 9110 8.8.3.2): a weak tag equals nothing. */
export function matchesStrongly(list: EtagList, etag: string): boolean {
  return list === '*' || list.some(({ tag, isWeak }) => !isWeak && tag === etag);
}

export function matchesWeakly(list: EtagList, etag: string): boolean {
  return list === '*' || list.some(({ tag }) => tag === etag);
}

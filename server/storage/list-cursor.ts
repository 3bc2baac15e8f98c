import { AppError } from '../contract/app-error.ts';
import { explainBadName } from '../contract/path.ts';
import type { EntryName } from '../contract/path.ts';
import { nameKey, nameOfKey, numberKey, numberOfKey } from './sort-key.ts';
import type { SortKey } from './sort-key.ts';

/** Where a page ended: the place in the order, not a count, so that it holds while entries come and go. */
export type ListPosition = { key: SortKey; isDirectory: boolean };

/** `scope` says which order the position belongs to. */
export function formatCursor(scope: string, { key, isDirectory }: ListPosition): string {
  const parts = [scope, isDirectory, numberOfKey(key) ?? null, nameOfKey(key)];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `invalid` for anything but a cursor of the same scope. */
export function parseCursor(scope: string, cursor: string): ListPosition {
  const parts = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (Array.isArray(parts) && parts.length === 4) {
    const [itsScope, isDirectory, number, name] = parts as unknown[];
    const isNumber = number === null || (Number.isSafeInteger(number) && (number as number) >= 0);
    if (itsScope === scope && typeof isDirectory === 'boolean' && isNumber && isName(name)) {
      return { key: number === null ? nameKey(name) : numberKey(number as number, name), isDirectory };
    }
  }
  throw new AppError('invalid', 'That cursor does not belong to this listing. Begin again without one.', {
    reason: 'bad_cursor',
  });
}

function isName(name: unknown): name is EntryName {
  return typeof name === 'string' && explainBadName(name) === undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

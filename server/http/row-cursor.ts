import { AppError } from '../contract/app-error.ts';

/** The last row of a page, after which the next one begins. */
export type RowCursor = { createdAt: number; id: string };

export function createCursor({ createdAt, id }: RowCursor): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

export function parseCursor(text: string): RowCursor {
  try {
    const [createdAt, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (Number.isSafeInteger(createdAt) && typeof id === 'string')
      return { createdAt: createdAt as number, id };
  } catch {
    // Falls through to the one refusal.
  }
  throw new AppError('invalid', 'The cursor is not one of ours. Begin at the first page.', {
    reason: 'bad_cursor',
  });
}

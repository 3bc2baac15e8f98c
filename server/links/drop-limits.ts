import { AppError } from '../contract/app-error.ts';
import type { DropLimits } from '../contract/schemas.ts';
import type { DropLimitColumns, DropLinkRow } from './drops-repository.ts';

export const noDropLimits: DropLimits = { maxFileBytes: null, maxBytes: null, maxFiles: null, types: null };

export function limitsOf({ max_file_bytes, max_bytes, max_files, types }: DropLinkRow): DropLimits {
  return {
    maxFileBytes: max_file_bytes,
    maxBytes: max_bytes,
    maxFiles: max_files,
    types: types === null ? null : types.split(','),
  };
}

/** What is absent stays as it is. */
export function columnsOf({ maxFileBytes, maxBytes, maxFiles, types }: Partial<DropLimits>) {
  const columns: Partial<DropLimitColumns> = {};
  if (maxFileBytes !== undefined) columns.max_file_bytes = maxFileBytes;
  if (maxBytes !== undefined) columns.max_bytes = maxBytes;
  if (maxFiles !== undefined) columns.max_files = maxFiles;
  if (types !== undefined) columns.types = types && types.length > 0 ? types.map(plainType).join(',') : null;
  return columns;
}

/** Throws when a file of this name and size, where that is known, is not one that the link takes. */
export function requireWanted({ maxFileBytes, types }: DropLimits, name: string, bytes = 0): void {
  const lower = name.toLowerCase();
  if (types && !types.some((type) => lower.endsWith(`.${type}`))) {
    throw new AppError('invalid', `This link takes only files that end in ${listOf(types)}.`, {
      reason: 'type_refused',
    });
  }
  if (maxFileBytes !== null && bytes > maxFileBytes) throw fileTooLarge(maxFileBytes);
}

export function fileTooLarge(maxFileBytes: number): AppError {
  return new AppError('too_large', `The largest file that this link takes has ${maxFileBytes} bytes.`, {
    reason: 'file_too_large',
  });
}

/** Too many files or too many bytes have come by the link. */
export function linkFull(): AppError {
  return new AppError(
    'too_large',
    'This link takes no more: with this file it would be over its limit. Ask whoever sent it.',
    { reason: 'link_full' },
  );
}

/** `.JPG` and `jpg` are the same. */
function plainType(type: string): string {
  return type.replace(/^\./, '').toLowerCase();
}

function listOf(types: readonly string[]): string {
  return types.map((type) => `.${type}`).join(', ');
}

import type { Stats } from 'node:fs';
import { AppError } from '../../server/contract/app-error.ts';
import type { EntryPath } from '../../server/contract/path.ts';

/** A file on this machine on its way to a place in the storage. */
export type LocalUpload = { origin: string; target: EntryPath; size: number; modifiedAt: number };

/** Throws when the file is no longer what it was when it was found: half of each version would be neither. */
export function requireUnchanged(upload: LocalUpload, stats: Stats): void {
  if (stats.size === upload.size && stats.mtimeMs === upload.modifiedAt) return;
  throw new AppError('conflict', 'The file changed while it was copied. Copy it again.', {
    reason: 'changed',
  });
}

/** File systems keep nanoseconds, of which a date written through a float may lack the last: rounded, not cut. */
export function isoDate(time: number): string {
  return new Date(Math.round(time)).toISOString();
}

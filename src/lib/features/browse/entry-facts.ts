import type { Entry } from '$contract/schemas.ts';
import { formatBytes } from '$lib/format/bytes.ts';

/** The size of a file; a folder has none that could be said without counting. */
export function sizeWords({ size }: Pick<Entry, 'size'>): string {
  return size === null ? '—' : formatBytes(size);
}

import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { EntryName } from '../../contract/path.ts';
import type { StoredEntry } from '../driver.ts';
import { isSystemError } from './local-errors.ts';

/** What the file system says of a file or directory; undefined for anything else, which Drey does not show. */
export function entryOf(name: EntryName, stats: BigIntStats): StoredEntry | undefined {
  const isFile = stats.isFile();
  if (!isFile && !stats.isDirectory()) return undefined;
  return {
    name,
    kind: isFile ? 'file' : 'directory',
    size: isFile ? Number(stats.size) : 0,
    modifiedAt: new Date(Number(stats.mtimeMs)),
    etag: etagOf(stats),
    // Without the device's number, which differs from one start of the machine to the next on many file systems.
    identity: `${stats.ino}:${stats.birthtimeNs}`,
    bornAt: Number(stats.birthtimeMs),
  };
}

/** Strong: the change time moves with every write, even when a program sets the modification time back. */
function etagOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return hash('sha256', `${ino}.${size}.${mtimeNs}.${ctimeNs}`, 'base64url').slice(0, 22);
}

/** What has a name: an entry, something that Drey does not show, or nothing. Follows no link. */
export async function inspect(path: string, name: EntryName): Promise<StoredEntry | 'hidden' | undefined> {
  try {
    return entryOf(name, await lstat(path, { bigint: true })) ?? 'hidden';
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

import { chmod, chown, rename, utimes, writeFile } from 'node:fs/promises';
import type { EntryPath } from '../../server/contract/path.ts';
import { partPath } from './part-file.ts';
import type { Permissions } from './tree.ts';

/** A file of the storage on its way to a path on this machine. */
export type LocalDownload = {
  origin: EntryPath;
  /** What a person is told of it. */
  label: string;
  target: string;
  size: number;
  modifiedAt: number;
  etag: string;
  /** Of the file that it takes the place of, which are its own then. */
  permissions?: Permissions | undefined;
};

/** Not for others to read before it is known who may. */
export const privateMode = 0o600;

/** Writes all of a small file to where it waits until it is whole. */
export async function writePart({ target, permissions }: LocalDownload, bytes: Buffer): Promise<void> {
  await writeFile(partPath(target), bytes, permissions && { mode: privateMode });
}

/** Gives a file that is whole its time and its name. */
export async function settleDownload({ target, modifiedAt, permissions }: LocalDownload): Promise<void> {
  const time = new Date(modifiedAt);
  if (permissions) {
    const { mode, uid, gid } = permissions;
    // For whoever may give files away; all others get what they write.
    if (process.getuid?.() === 0) await chown(partPath(target), uid, gid);
    await chmod(partPath(target), mode);
  }
  await utimes(partPath(target), time, time);
  await rename(partPath(target), target);
}

import { rename, utimes } from 'node:fs/promises';
import type { EntryPath } from '../../server/contract/path.ts';
import { partPath } from './part-file.ts';

/** A file of the storage on its way to a path on this machine. */
export type LocalDownload = {
  origin: EntryPath;
  target: string;
  size: number;
  modifiedAt: number;
  etag: string;
};

/** Gives a file that is whole its time and its name. */
export async function settleDownload({ target, modifiedAt }: LocalDownload): Promise<void> {
  const time = new Date(modifiedAt);
  await utimes(partPath(target), time, time);
  await rename(partPath(target), target);
}

import { constants } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import type { WriteOptions } from '../driver.ts';
import type { LocalFile } from './local-file.ts';
import { settleFile, storeBytes } from './local-publishing.ts';

/**
 * Copies an open file to a new path: shares its blocks where the file system can, which takes no time; elsewhere the
 * bytes pass through here, so that a large copy can be aborted and leaves the disk to others in between.
 */
export async function copyBytes(source: LocalFile, path: string, options: WriteOptions): Promise<void> {
  if (!(await shareBlocks(source.path, path))) return storeBytes(path, source.bytes(), options);
  await chmod(path, 0o640);
  await settleFile(path, options);
}

async function shareBlocks(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  }
}

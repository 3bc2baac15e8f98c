import { fsync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const fsyncAsync = promisify(fsync);

/** Resolves when the names that are in a directory now would survive a loss of power. Takes its path or descriptor. */
export async function syncFolder(folder: string | number): Promise<void> {
  if (typeof folder === 'string') {
    await using handle = await open(folder, 'r');
    return await syncFolder(handle.fd);
  }
  try {
    await fsyncAsync(folder);
  } catch (error) {
    // Some network file systems have no such thing for a directory.
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

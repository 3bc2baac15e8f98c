import { open, rm, stat } from 'node:fs/promises';
import { AppError } from '../contract/app-error.ts';

/** Bytes gathered before one write: many small ones would cost more than they carry. */
const writeBytes = 1 << 20;
/** Written bytes are sent on their way to the disk this often, so that the last sync is short. */
const syncEveryBytes = 64 << 20;

export async function createStagingFile(path: string): Promise<void> {
  await (await open(path, 'wx', 0o640)).close();
}

/** How many bytes have arrived, or undefined when the file is gone. */
export async function stagedBytes(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes `body` from `offset` on and answers the new offset. When the body breaks off, what has arrived stays, to be
 * resumed from. Throws `out_of_space` when the volume is full.
 */
export async function appendToStagingFile(
  path: string,
  offset: number,
  body: AsyncIterable<Uint8Array>,
): Promise<number> {
  const handle = await open(path, 'r+');
  let position = offset;
  let unsynced = 0;
  let syncing: Promise<void> = Promise.resolve();
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;

  const writeGathered = async () => {
    if (gatheredBytes === 0) return;
    const { bytesWritten } = await handle.writev(gathered, position);
    if (bytesWritten !== gatheredBytes) throw new AppError('out_of_space', 'The volume is full.');
    position += bytesWritten;
    unsynced += bytesWritten;
    gathered = [];
    gatheredBytes = 0;
    if (unsynced >= syncEveryBytes) {
      unsynced = 0;
      await syncing;
      syncing = handle.datasync();
      // A failure is thrown where it is awaited; until then it must not count as unhandled.
      syncing.catch(() => {});
    }
  };

  try {
    try {
      for await (const chunk of body) {
        gathered.push(chunk);
        gatheredBytes += chunk.length;
        if (gatheredBytes >= writeBytes) await writeGathered();
      }
    } finally {
      await writeGathered();
    }
    await syncing;
    return position;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new AppError('out_of_space', 'The volume is full. Free some space and resume.', { cause: error });
    }
    throw error;
  } finally {
    await syncing.catch(() => {});
    await handle.close();
  }
}

export async function removeStagingFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

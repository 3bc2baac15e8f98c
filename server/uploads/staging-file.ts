import { constants } from 'node:fs';
import { lstat, open, realpath, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, hasCode } from '../contract/app-error.ts';
import { GatheredWriter } from './gathered-writer.ts';

/**
 * Whether the folder of a staging file is still the one it was, and no symbolic link has taken its place: who can write
 * to a mounted folder must not lead us out of it.
 */
export async function isInPlace(path: string): Promise<boolean> {
  const folder = dirname(path);
  return (await realpath(folder).catch(() => undefined)) === folder;
}

async function requireInPlace(path: string): Promise<void> {
  if (!(await isInPlace(path)))
    throw new AppError('unavailable', 'The folder of unfinished uploads is not usable.');
}

export async function createStagingFile(path: string): Promise<void> {
  await requireInPlace(path);
  try {
    await (await open(path, 'wx', 0o640)).close();
  } catch (error) {
    throw asAppError(error);
  }
}

/** What the system says of a file that cannot be written; errors of others pass unchanged. */
function asAppError(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('out_of_space', 'The volume is full. Free some space and resume.', { cause: error });
  if (syscall === undefined || code === 'ECONNRESET') return error;
  return new AppError('unavailable', 'The storage does not answer as it should. Try again later.', {
    cause: error,
  });
}

/** How many bytes have arrived, and when the last of them did (milliseconds since 1970). */
export type Staged = { bytes: number; touchedAt: number };

/** Undefined when the file is gone. */
export async function findStaged(path: string): Promise<Staged | undefined> {
  if (!(await isInPlace(path))) return undefined;
  try {
    // Not the modification time: that is set to the file's own date while the upload is put in its place.
    const { size, ctimeMs } = await lstat(path);
    return { bytes: size, touchedAt: ctimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes `body` from `offset` on and answers the new offset. When the body breaks off, what has arrived stays, to be
 * resumed from. Throws `out_of_space` when the volume is full, and `too_large`, with the file as it was before, when
 * more than `maxBytes` come.
 */
export async function appendToStagingFile(
  path: string,
  { offset, maxBytes }: { offset: number; maxBytes: number },
  body: AsyncIterable<Uint8Array>,
): Promise<number> {
  await requireInPlace(path);
  const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  const writer = new GatheredWriter(handle, offset);
  try {
    try {
      for await (const chunk of body) {
        if (writer.end + chunk.length > offset + maxBytes) throw tooLong();
        await writer.add(chunk);
      }
    } finally {
      await writer.finish();
    }
    return writer.end;
  } catch (error) {
    if (hasCode(error, 'too_large')) await handle.truncate(offset);
    throw asAppError(error);
  } finally {
    await writer.settle();
    await handle.close();
  }
}

export function tooLong(): AppError {
  return new AppError('too_large', 'More bytes came than the upload was said to have.');
}

export async function removeStagingFile(path: string): Promise<void> {
  if (await isInPlace(path)) await rm(path, { force: true });
}

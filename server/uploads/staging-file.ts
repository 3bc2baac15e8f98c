import { constants } from 'node:fs';
import { lstat, open, realpath, rm, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { AppError, hasCode } from '../contract/app-error.ts';
import { eachChunk } from '../base/each-chunk.ts';
import { syncFolder } from '../base/sync-folder.ts';
import type { FileDigestAlgorithm } from '../base/file-digest.ts';
import { digestMismatch, type DigestAlgorithm } from '../files/checked-bytes.ts';
import { GatheredWriter } from './gathered-writer.ts';
import type { StagedDigest } from './staged-digests.ts';

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

/** Resolves when it would be found again after a loss of power: who is told of an upload can go on with it. */
export async function createStagingFile(path: string): Promise<void> {
  await requireInPlace(path);
  try {
    await using file = await open(path, 'wx', 0o640);
    await file.sync();
    await syncFolder(dirname(path));
  } catch (error) {
    throw asAppError(error);
  }
}

/** What the system says of a file that cannot be written; errors of others pass unchanged. */
function asAppError(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('out_of_space', 'The volume is full. Free some space and resume.', {
      reason: 'volume',
      cause: error,
    });
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

/** The part of an upload that one request brings. */
export type Part = {
  offset: number;
  maxBytes: number;
  /** Of the file; goes along with what is written. */
  digest: StagedDigest;
  /** What the part must be; when it is not, nothing of it stays. */
  expected?: PartDigest | undefined;
};
/**
 * By the names that `Upload-Checksum` has for them, the digests of everything from the start of the file to the end of the
 * part. One says as much of the part as one of its own, as what came before was verified, and spares both sides a second
 * hash.
 */
const fromStart = {
  'sha256-from-start': 'sha256',
  'xxh64-from-start': 'xxh64',
} as const satisfies Record<string, FileDigestAlgorithm>;
export type FromStart = keyof typeof fromStart;
type PartAlgorithm = DigestAlgorithm | FromStart;
/** What a part must be, in hexadecimal. */
export type ExpectedPart = { algorithm: PartAlgorithm; hex: string };
/** A digest that may be told only when the part has come: until then, it may be by any of the algorithms. */
export type PartDigest = { algorithms: readonly PartAlgorithm[]; told: () => ExpectedPart | undefined };

/**
 * Writes `body` from `offset` on and answers the new offset. When the body breaks off, what has arrived stays, to be
 * resumed from, unless it was to be verified. Throws `out_of_space` when the volume is full; and, with the file as it was
 * before, `too_large` when more than `maxBytes` come and `invalid`, reason `digest_mismatch`, when they are not as
 * `expected`.
 */
export async function appendToStagingFile(
  path: string,
  part: Part,
  body: AsyncIterable<Uint8Array>,
): Promise<number> {
  await requireInPlace(path);
  const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  const writer = new GatheredWriter(handle, part.offset, (end) => part.digest.advance(end));
  try {
    await writePart(writer, part, body);
    return writer.end;
  } catch (error) {
    await writer.settle();
    if (part.expected || hasCode(error, 'too_large')) {
      part.digest.goBack();
      await handle.truncate(part.offset);
    }
    throw asAppError(error);
  } finally {
    await writer.settle();
    part.digest.keep();
    await handle.close();
  }
}

async function writePart(
  writer: GatheredWriter,
  { offset, maxBytes, digest, expected }: Part,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const algorithms = expected?.algorithms.filter((algorithm) => !isFromStart(algorithm)) ?? [];
  const checks = algorithms.map((algorithm) => ({ algorithm, check: createHash(algorithm) }));
  try {
    await eachChunk(body, (chunk) => {
      if (writer.end + chunk.length > offset + maxBytes) throw tooLong();
      for (const { check } of checks) check.update(chunk);
      return writer.add(chunk);
    });
  } finally {
    await writer.finish();
  }
  if (!expected) return;
  const told = expected.told();
  const hex =
    told && isFromStart(told.algorithm)
      ? await digestUpTo(digest, fromStart[told.algorithm], writer.end)
      : checks.find(({ algorithm }) => algorithm === told?.algorithm)?.check.digest('hex');
  if (!told || hex !== told.hex) throw digestMismatch();
}

function isFromStart(algorithm: PartAlgorithm): algorithm is FromStart {
  return algorithm in fromStart;
}

/** Of the first `end` bytes of a staging file, in hexadecimal. */
export async function digestUpTo(
  digest: StagedDigest,
  algorithm: FileDigestAlgorithm,
  end: number,
): Promise<string> {
  try {
    return await digest.upTo(algorithm, end);
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'The bytes of the upload cannot be read. Try again, or begin it anew.',
      {
        cause,
      },
    );
  }
}

export function tooLong(): AppError {
  return new AppError('too_large', 'More bytes came than the upload was said to have.', {
    reason: 'wrong_size',
  });
}

export async function truncateStagingFile(path: string, bytes: number): Promise<void> {
  await requireInPlace(path);
  await using handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  await handle.truncate(bytes);
}

/** To be read under whatever name it gets. */
export async function openStagingFile(path: string): Promise<FileHandle> {
  await requireInPlace(path);
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

export async function removeStagingFile(path: string): Promise<void> {
  if (await isInPlace(path)) await rm(path, { force: true });
}

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { addToXxh64, emptyXxh64, hexOfXxh64 } from '../../server/base/xxh64.ts';
import { AppError, hasCode } from '../../server/contract/app-error.ts';
import { isPassing } from '../server-client.ts';
import { settleDownload, writePart, type LocalDownload } from './local-download.ts';
import { downloadResumably, knownChecksum, wrongBytes } from './resumable-download.ts';
import type { TransferContext } from './transfer-context.ts';
import type { Flight } from './transfer-tally.ts';

const smallBytes = 1024 * 1024;
/** How often a file may change under our hands, or arrive wrong, before we give up on it. */
const maxTries = 3;

/** Fetches a file; it takes its name when it is whole. Its folder must exist. */
export async function downloadFile(
  download: LocalDownload,
  flight: Flight,
  context: TransferContext,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      if (download.size <= smallBytes) await downloadAtOnce(download, context);
      else await downloadResumably(download, flight, context);
      break;
    } catch (error) {
      if (!isWorthAnotherTry(error) || tries === maxTries) throw error;
      download = await renew(download, context);
      flight.moved = 0;
      flight.size = download.size;
    }
  }
  await settleDownload(download);
}

function isWorthAnotherTry(error: unknown): boolean {
  return (
    hasCode(error, 'precondition_failed') || (hasCode(error, 'invalid') && error.reason === 'digest_mismatch')
  );
}

/** The same file as it is now. */
async function renew(download: LocalDownload, { api }: TransferContext): Promise<LocalDownload> {
  const entry = await api.get(download.origin);
  if (entry.kind !== 'file') throw new AppError('conflict', 'This is a folder now.');
  const { etag, size } = entry;
  return { ...download, etag, size: size ?? 0, modifiedAt: Date.parse(entry.modifiedAt) };
}

async function downloadAtOnce(download: LocalDownload, { api, abort }: TransferContext): Promise<void> {
  const { origin, size, etag } = download;
  const { signal } = abort;
  const pacing = api.client.createPacing(signal);
  for (;;) {
    try {
      const response = await api.read(origin, { 'If-Match': `"${etag}"` }, signal);
      const [bytes, expected] = await Promise.all([
        readWhole(response, size),
        knownChecksum(api, origin, etag),
      ]);
      if (expected && hashes[expected.algorithm](bytes) !== expected.hex) throw wrongBytes();
      await writePart(download, bytes);
      return;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!isPassing(error)) throw error;
      await pacing.waitAfter(error);
    }
  }
}

const hashes = {
  sha256: (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex'),
  xxh64: (bytes: Buffer) => hexOfXxh64(addToXxh64(emptyXxh64, bytes)),
};

async function readWhole(response: IncomingMessage, size: number): Promise<Buffer> {
  let cause: unknown;
  const bytes = await buffer(response).catch((error: unknown) => {
    cause = error;
    return Buffer.alloc(0);
  });
  if (cause || bytes.length !== size) {
    throw new AppError('unavailable', 'The connection was lost in the middle of the file.', { cause });
  }
  return bytes;
}

import { open, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { FileDigest, type FileDigestAlgorithm } from '../../server/base/file-digest.ts';
import { AppError } from '../../server/contract/app-error.ts';
import type { EntryPath } from '../../server/contract/path.ts';
import { isPassing } from '../server-client.ts';
import type { StorageApi } from '../storage-api.ts';
import { StateFolder } from '../state-folder.ts';
import { doneBytes, leadingBytes, splitIntoParts, type Part } from './download-parts.ts';
import { privateMode, type LocalDownload } from './local-download.ts';
import { partPath } from './part-file.ts';
import { PositionedWriter } from './positioned-writer.ts';
import type { TransferContext } from './transfer-context.ts';
import type { Flight } from './transfer-tally.ts';

/** How much is gathered before it is written. */
const writeBytes = 1024 * 1024;
const saveEveryMs = 300;
const connections = 4;

/** How far downloads came whose `.part` files lie about. */
const begun = new StateFolder<{ etag: string; size: number; parts: Part[] }>('downloads');

/**
 * Fetches a large file into its `.part` file, from where an earlier try was stopped, provided that it is still the same
 * version. Throws `precondition_failed` when it is another one now, or `invalid` with reason `digest_mismatch` when what
 * arrived is not what the server says that it sent.
 */
export async function downloadResumably(
  { origin, target, size, etag, permissions }: LocalDownload,
  flight: Flight,
  { api, abort }: TransferContext,
): Promise<void> {
  const path = partPath(target);
  const key = [api.client.url, origin, target];
  const known = await begun.find(key);
  const isSame = known?.etag === etag && known.size === size && (await sizeOf(path)) === size;
  const parts = isSame ? known.parts : splitIntoParts(size);
  const expected = await knownChecksum(api, origin, etag);
  const file = await open(path, isSame ? 'r+' : 'w', permissions && privateMode);
  const writer = new PositionedWriter(file);
  // One part that fails ends the others, and nothing else.
  const ending = new AbortController();
  const signal = AbortSignal.any([abort.signal, ending.signal]);
  const digest = expected === undefined ? undefined : new FileDigest(path, expected.algorithm);
  let saving = Promise.resolve();
  const save = () => (saving = saving.then(() => begun.put(key, { etag, size, parts })));
  const timer = setInterval(() => void save().catch((error: unknown) => ending.abort(error)), saveEveryMs);
  flight.moved = doneBytes(parts);
  try {
    if (!isSame) await file.truncate(size);
    await save();
    const queue = parts.filter(({ start, end, done }) => start + done < end);
    const fetchNext = async () => {
      for (let part = queue.shift(); part; part = queue.shift()) await fetchPart(part);
    };
    const failed = await Promise.allSettled(
      Array.from({ length: connections }, () =>
        fetchNext().catch((error: unknown) => {
          ending.abort(error);
          throw error;
        }),
      ),
    );
    if (failed.some(({ status }) => status === 'rejected')) throw signal.reason;
  } catch (error) {
    digest?.forget();
    throw error;
  } finally {
    clearInterval(timer);
    await saving.catch(() => {});
    await file.close();
    await begun.put(key, { etag, size, parts });
  }
  const isRight = digest === undefined || (await digest.upTo(size)) === expected?.hex;
  digest?.forget();
  await begun.remove(key);
  if (!isRight) throw wrongBytes();

  async function fetchPart(part: Part): Promise<void> {
    const pacing = api.client.createPacing(signal);
    while (part.start + part.done < part.end) {
      const before = part.done;
      try {
        const range = `bytes=${part.start + part.done}-${part.end - 1}`;
        const response = await api.read(origin, { Range: range, 'If-Range': `"${etag}"` }, signal);
        if (response.statusCode !== 206) {
          response.destroy();
          throw new AppError('precondition_failed', 'The file changed while it was copied.');
        }
        await writeBody(response, writer, part, flight, () => digest?.advance(leadingBytes(parts)));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!isPassing(error)) throw error;
        if (part.done > before) pacing.reset();
        await pacing.waitAfter(error);
      }
    }
  }
}

/** Writes what comes, in large pieces, while more is coming; a part is only done as far as it has been written. */
async function writeBody(
  response: IncomingMessage,
  writer: PositionedWriter,
  part: Part,
  flight: Flight,
  onWritten: () => void,
): Promise<void> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let writing = Promise.resolve();
  const write = async () => {
    const [pieces, bytes] = [waiting, waitingBytes];
    [waiting, waitingBytes] = [[], 0];
    await writing;
    writing = writer.write(pieces, bytes, part.start + part.done).then(() => {
      part.done += bytes;
      onWritten();
    });
    // It is awaited with the next piece; until then it must not count as unhandled.
    writing.catch(() => {});
  };
  let lost: unknown;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
      flight.moved += chunk.length;
      if (waitingBytes >= writeBytes) await write();
    }
  } catch (error) {
    // A failed write is the disk's fault and final; all else the connection's.
    await writing;
    lost = error;
  }
  await write();
  await writing;
  if (lost || part.start + part.done < part.end) {
    throw new AppError('unavailable', 'The connection was lost in the middle of the file.', { cause: lost });
  }
}

/** In hexadecimal. */
type KnownChecksum = { algorithm: FileDigestAlgorithm; hex: string };

/** The quickest checksum that the server knows of the content of this very version; undefined when it says nothing. */
export async function knownChecksum(
  api: StorageApi,
  origin: EntryPath,
  etag: string,
): Promise<KnownChecksum | undefined> {
  const { xxh64, sha256, ...known } = await api.checksumOf(origin);
  if (known.etag !== etag) return undefined;
  if (xxh64) return { algorithm: 'xxh64', hex: xxh64 };
  return sha256 ? { algorithm: 'sha256', hex: sha256 } : undefined;
}

export function wrongBytes(): AppError {
  return new AppError('invalid', 'What arrived does not match its checksum.', { reason: 'digest_mismatch' });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

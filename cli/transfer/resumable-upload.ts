import { stat } from 'node:fs/promises';
import { readFileRange } from '../../server/base/file-range.ts';
import { AppError, hasCode } from '../../server/contract/app-error.ts';
import { formatUri } from '../../server/contract/uri.ts';
import { about } from '../exit-code.ts';
import { isPassing } from '../server-client.ts';
import { StateFolder } from '../state-folder.ts';
import { isoDate, requireUnchanged, type LocalUpload } from './local-upload.ts';
import { SentChecksum, type KeptChecksum } from './sent-checksum.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';
import type { Flight } from './transfer-tally.ts';

/** What is sent last comes with the checksum of all, which is not known before. */
const lastBytes = 1024 * 1024;
const version = { 'Tus-Resumable': '1.0.0' };

/** Uploads that have begun and not ended, and the checksum of what came of them, so that another process can go on. */
const begun = new StateFolder<{ address: string; sent?: KeptChecksum }>('uploads');

/** Sends a large file by tus 1.0.0, from where an earlier try was stopped. */
export async function uploadResumably(
  upload: LocalUpload,
  flight: Flight,
  context: TransferContext,
): Promise<void> {
  const { client } = context.api;
  const { signal } = context.abort;
  const { chunkBytes } = (await context.api.session()).uploads;
  const key = [client.url, upload.target, upload.origin, upload.size, upload.modifiedAt];
  const pacing = client.createPacing(signal);

  const known = await begun.find(key);
  const checksum = new SentChecksum(upload.origin, known?.sent);
  let address = known?.address;
  let offset = address === undefined ? undefined : await findOffset(address);
  // A complete upload whose file is not there was of a file that has been deleted since.
  if (offset === upload.size && !(await isInPlace())) offset = undefined;

  let hasBegunAnew = false;
  while (offset !== upload.size) {
    try {
      if (address === undefined || offset === undefined) {
        address = await begin();
        offset = 0;
      }
      flight.moved = offset;
      offset = await append(address, offset);
      pacing.reset();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (isWrongBytes(error) && !hasBegunAnew) {
        hasBegunAnew = true;
        await giveUp();
        [address, offset] = [undefined, undefined];
        continue;
      }
      if (!isPassing(error) && !isWrongOffset(error)) {
        await giveUp();
        throw error;
      }
      await pacing.waitAfter(error);
      if (address !== undefined) offset = await findOffset(address);
    }
  }
  await begun.remove(key);

  async function begin(): Promise<string> {
    requireUnchanged(upload, await stat(upload.origin));
    const { cluster } = await context.api.uriBase();
    const uri = formatUri(cluster, upload.target);
    const metadata = {
      uri,
      onConflict: 'replace',
      modifiedAt: isoDate(upload.modifiedAt),
      checksum: 'xxh64',
    };
    const response = await client
      .send('POST', '/api/v1/uploads', {
        headers: { ...version, 'Upload-Length': String(upload.size), 'Upload-Metadata': encode(metadata) },
        body: () => Buffer.alloc(0),
        signal,
      })
      .catch((error: unknown) => {
        throw endsAll(error) ? error : about(uri, error);
      });
    response.resume();
    const { location } = response.headers;
    if (!location) throw new AppError('internal', 'The server did not say where the upload goes.');
    return location;
  }

  /** How far the upload has come; undefined when the server knows nothing of it any more. */
  async function findOffset(at: string): Promise<number | undefined> {
    try {
      const response = await client.send('HEAD', at, { headers: version, signal });
      response.resume();
      return Number(response.headers['upload-offset']);
    } catch (error) {
      if (hasCode(error, 'not_found', 'gone')) return undefined;
      throw error;
    }
  }

  async function append(at: string, from: number): Promise<number> {
    flight.moved = from;
    const { size } = upload;
    const isLast = from >= size - lastBytes;
    const end = isLast ? size : Math.min(from + chunkBytes, size - lastBytes);
    await begun.put(key, { address: at, sent: await checksum.upTo(from) });
    const bytes = () => readFileRange(upload.origin, from, end);
    const ofAll = isLast ? await checksum.followedBy(bytes()) : undefined;
    requireUnchanged(upload, await stat(upload.origin));
    const response = await client.send('PATCH', at, {
      headers: {
        ...version,
        'Upload-Offset': String(from),
        'Content-Type': 'application/offset+octet-stream',
        'Content-Length': String(end - from),
        ...(ofAll !== undefined && {
          'Upload-Checksum': `xxh64-from-start ${Buffer.from(ofAll, 'hex').toString('base64')}`,
        }),
      },
      body: () => counted(bytes(), from),
      signal,
      repeat: 'never',
    });
    response.resume();
    return Number(response.headers['upload-offset']);
  }

  async function* counted(chunks: AsyncIterable<Uint8Array>, start: number) {
    let position = start;
    for await (const chunk of chunks) {
      checksum.add(chunk, position);
      position += chunk.length;
      yield chunk;
      flight.moved += chunk.length;
    }
  }

  async function isInPlace(): Promise<boolean> {
    const entry = await context.api.find(upload.target);
    return entry?.kind === 'file' && entry.size === upload.size;
  }

  /** What is refused for good is not to be resumed; its bytes are given back. */
  async function giveUp(): Promise<void> {
    if (address === undefined) return;
    await client.send('DELETE', address, { headers: version, repeat: 'never', signal }).then(
      (response) => response.resume(),
      () => {},
    );
    await begun.remove(key);
  }
}

/** 409 is how tus says that the bytes sent do not follow those it has: somebody lost an answer. */
function isWrongOffset(error: unknown): boolean {
  return hasCode(error, 'conflict') && error.reason !== 'changed';
}

function isWrongBytes(error: unknown): boolean {
  return hasCode(error, 'invalid') && error.reason === 'digest_mismatch';
}

function encode(metadata: Record<string, string>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

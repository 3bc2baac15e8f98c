import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../../server/contract/app-error.ts';
import { encodePath, type EntryPath } from '../../server/contract/path.ts';
import type { BulkManifest, BulkResult } from '../../server/contract/schemas.ts';
import { formatUri } from '../../server/contract/uri.ts';
import { about } from '../exit-code.ts';
import { isoDate, requireUnchanged, type LocalUpload } from './local-upload.ts';
import { endsAll } from './transfer-pool.ts';
import type { TransferContext } from './transfer-context.ts';

type ReadFile = { upload: LocalUpload; bytes: Buffer };

/** Sends small files in one request, each with its checksum; tells the tally of every one. */
export async function uploadTogether(
  folder: EntryPath,
  uploads: readonly LocalUpload[],
  { api, tally, abort }: TransferContext,
): Promise<void> {
  const first = uploads[0] as LocalUpload;
  const label = uploads.length === 1 ? first.origin : `${uploads.length} small files, from ${first.origin}`;
  const size = uploads.reduce((sum, upload) => sum + upload.size, 0);
  const { cluster } = await api.uriBase();
  const refused = ({ origin, target }: LocalUpload, error: unknown) =>
    tally.failed(origin, about(formatUri(cluster, target), error));
  const flight = tally.begin(label, size);
  try {
    const files = await readAll(uploads, tally);
    if (files.length === 0) return;
    const { type, body } = encodeMultipart(folder, files);
    const { items } = await api.client.json<BulkResult>('POST', `/api/v1/bulk/${encodePath(folder)}`, {
      query: [['onConflict', 'replace']],
      headers: { 'Content-Type': type },
      body: () => body,
      signal: abort.signal,
      repeat: 'always',
      wants: 'items',
    });
    tally.end(flight);
    files.forEach(({ upload }, index) => {
      const error = items[index]?.error;
      if (!error) return tally.copied(upload.origin, upload.size);
      const appError = new AppError(error.code, error.message, { reason: error.reason });
      if (endsAll(appError)) throw appError;
      refused(upload, appError);
    });
  } catch (error) {
    if (endsAll(error) || abort.signal.aborted) throw error;
    for (const upload of uploads) refused(upload, error);
  } finally {
    tally.end(flight);
  }
}

async function readAll(
  uploads: readonly LocalUpload[],
  tally: TransferContext['tally'],
): Promise<ReadFile[]> {
  const files = await Promise.all(
    uploads.map(async (upload) => {
      try {
        const bytes = await readFile(upload.origin);
        if (bytes.length !== upload.size) requireUnchanged(upload, await stat(upload.origin));
        return { upload, bytes };
      } catch (error) {
        tally.failed(upload.origin, error);
        return undefined;
      }
    }),
  );
  return files.filter((file) => file !== undefined);
}

/** multipart/form-data (RFC 7578). Names travel in the manifest, where nothing needs to be escaped. */
function encodeMultipart(folder: EntryPath, files: readonly ReadFile[]): { type: string; body: Buffer } {
  const boundary = `drey-${randomBytes(18).toString('hex')}`;
  const manifest: BulkManifest = files.map(({ upload, bytes }) => ({
    path: upload.target.slice(folder.length + 1),
    size: bytes.length,
    modifiedAt: isoDate(upload.modifiedAt),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n${JSON.stringify(manifest)}\r\n`;
  const partHead = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const partEnd = Buffer.from('\r\n');
  const parts = files.flatMap(({ bytes }) => [partHead, bytes, partEnd]);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), ...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { runCommand } from './child-process.ts';
import type { DreyServer } from './drey-server.ts';

/** Begins an upload by tus into the owner's home and answers its address. */
export async function createUpload(
  drey: DreyServer,
  name: string,
  bytes: number,
  sha256?: string,
): Promise<string> {
  const metadata = { uri: drey.uriOf(name), onConflict: 'fail', ...(sha256 && { sha256 }) };
  const response = await fetch(`${drey.origin}/api/v1/uploads`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${drey.token}`,
      'Tus-Resumable': '1.0.0',
      'Upload-Length': String(bytes),
      'Upload-Metadata': Object.entries(metadata)
        .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
        .join(','),
    },
  });
  if (response.status !== 201) throw new Error(`No upload: ${response.status} ${await response.text()}`);
  return new URL(response.headers.get('location')!, response.url).href;
}

/**
 * Sends the files one after the other as the parts of an upload, on one connection; with `checksums`, as the page does,
 * each with that of everything up to its end.
 */
export async function sendParts(
  drey: DreyServer,
  url: string,
  files: readonly string[],
  checksums: readonly string[] = [],
): Promise<void> {
  let offset = 0;
  const transfers: string[][] = [];
  for (const [index, file] of files.entries()) {
    const checksum = checksums[index];
    transfers.push([
      ...['-sSf', '-o', '/dev/null', '-X', 'PATCH', '-H', drey.authorization, '-H', 'Tus-Resumable: 1.0.0'],
      ...['-H', 'Content-Type: application/offset+octet-stream', '-H', `Upload-Offset: ${offset}`],
      ...(checksum === undefined ? [] : ['-H', `Upload-Checksum: sha256-from-start ${checksum}`]),
      ...['-w', '%{http_code} ', '-T', file, url],
    ]);
    offset += (await stat(file)).size;
  }
  const answers = await runCommand(
    'curl',
    transfers.flatMap((args, index) => (index ? ['--next', ...args] : args)),
  );
  if (
    answers
      .trim()
      .split(' ')
      .some((status) => status !== '204')
  )
    throw new Error(`Answered ${answers}`);
}

/** SHA-256, in base64, of all files up to the end of each; of the last one, that is of the whole. */
export async function checksumsFromStart(files: readonly string[]): Promise<string[]> {
  const hash = createHash('sha256');
  const checksums: string[] = [];
  for (const file of files) {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    checksums.push(hash.copy().digest('base64'));
  }
  return checksums;
}

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

/** Sends the files one after the other as the parts of an upload, on one connection; with the checksum of each if given. */
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
      ...(checksum === undefined ? [] : ['-H', `Upload-Checksum: sha256 ${checksum}`]),
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

/** SHA-256 of files as one, in the words of tus (base64) and of the metadata (hexadecimal). */
export async function checksumOf(...files: readonly string[]): Promise<{ base64: string; hex: string }> {
  const hash = createHash('sha256');
  for (const file of files) for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const digest = hash.digest();
  return { base64: digest.toString('base64'), hex: digest.toString('hex') };
}

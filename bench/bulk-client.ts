import { hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BulkManifest, BulkResult } from '../server/contract/schemas.ts';

/**
 * `bulk-client URL TOKEN FOLDER`: sends all files below a folder to a bulk address, each with its checksum, and prints
 * the seconds from the first look at the folder to the last acknowledgement.
 */
const [url, token, folder] = process.argv.slice(2) as [string, string, string];
const filesPerRequest = 250;
const requestsInFlight = 6;
const agent = new Agent({ keepAlive: true });

const startedAt = performance.now();
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const paths = entries
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
await Promise.all(
  Array.from({ length: requestsInFlight }, async () => {
    for (
      let batch = paths.splice(0, filesPerRequest);
      batch.length > 0;
      batch = paths.splice(0, filesPerRequest)
    )
      await send(batch);
  }),
);
process.stdout.write(`${(performance.now() - startedAt) / 1000}\n`);

async function send(batch: readonly string[]): Promise<void> {
  const files = batch.map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));
  const boundary = `bench-${randomBytes(18).toString('hex')}`;
  const manifest: BulkManifest = files.map(({ path, bytes }) => ({
    path,
    size: bytes.length,
    sha256: hash('sha256', bytes),
  }));
  const partHead = Buffer.from(
    `\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n`,
  );
  const parts = [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n${JSON.stringify(manifest)}`,
    ),
    ...files.flatMap(({ bytes }) => [partHead, bytes]),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
  const request = httpRequest(url, {
    method: 'POST',
    agent,
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': parts.reduce((length, part) => length + part.length, 0),
    },
  });
  request.cork();
  for (const part of parts) request.write(part);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`Answered ${response.statusCode} ${body}`);
  const { items } = JSON.parse(body) as BulkResult;
  const refused = items.find(({ error }) => error);
  if (refused || items.length !== batch.length) throw new Error(`Not stored: ${JSON.stringify(refused)}`);
}

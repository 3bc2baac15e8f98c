import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { BulkManifest, BulkResult } from '../server/contract/schemas.ts';

/**
 * `bulk-client URL TOKEN FOLDER`: sends all files below a folder to a bulk address, each with its checksum, and prints
 * the seconds from the first look at the folder to the last acknowledgement.
 */
const [url, token, folder] = process.argv.slice(2) as [string, string, string];
const filesPerRequest = 250;
const requestsInFlight = 6;

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
  const files = await Promise.all(
    batch.map(async (path) => ({ path, bytes: await readFile(join(folder, path)) })),
  );
  const boundary = `bench-${randomBytes(18).toString('hex')}`;
  const manifest: BulkManifest = files.map(({ path, bytes }) => ({
    path,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  const partHead = Buffer.from(
    `\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n`,
  );
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n${JSON.stringify(manifest)}`,
    ),
    ...files.flatMap(({ bytes }) => [partHead, bytes]),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
    },
    body,
  });
  if (!response.ok) throw new Error(`Answered ${response.status} ${await response.text()}`);
  const { items } = (await response.json()) as BulkResult;
  const refused = items.find(({ error }) => error);
  if (refused || items.length !== batch.length) throw new Error(`Not stored: ${JSON.stringify(refused)}`);
}

import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../support/program.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';

const mebibyte = 1024 * 1024;
const bytes = randomBytes(8 * mebibyte);
const first = bytes.subarray(0, 3 * mebibyte);
const second = bytes.subarray(first.length);

const checksumOf = (part: Buffer) => `sha256 ${createHash('sha256').update(part).digest('base64')}`;

/** An upload that has one part, and whose server is killed while the next one comes; then what the next start finds. */
async function killedInTheMiddle({ isChecked }: { isChecked: boolean }) {
  const server = await startTestServer();
  const { bob } = server;
  await server.close();
  const start = async () => {
    const program = await startProgram(server.dataFolder);
    const as = () => supertest.agent(program.origin).set('Authorization', `Bearer ${bob.token}`);
    return { program, tus: new TusClient({ ...server, as }, bob) };
  };
  const before = await start();
  const location = await before.tus.create({ uri: 'storage:a.bin', size: bytes.length });
  await before.tus.append(location, 0, first).set('Upload-Checksum', checksumOf(first)).expect(204);
  const staging = join(server.homeOf('bob'), '.drey/staging');
  const [name] = await readdir(staging);
  const stagedBytes = async () => (await stat(join(staging, name!))).size;
  const { origin, kill } = before.program;
  const head = requestHead('PATCH', location, [
    ...usual(origin, bob),
    ['Tus-Resumable', '1.0.0'],
    ['Upload-Offset', String(first.length)],
    ['Content-Type', 'application/offset+octet-stream'],
    ['Content-Length', String(second.length)],
    ...(isChecked ? ([['Upload-Checksum', checksumOf(second)]] as [string, string][]) : []),
  ]);
  // Bytes that were spoilt on their way: only a checksum can tell.
  new RawConnection(origin).send(head, Buffer.alloc(second.length - 1));
  await expect.poll(stagedBytes).toBeGreaterThan(first.length);
  const offsetMeanwhile = ((await before.tus.server.as().get('/api/v1/uploads')).body as Listing).items[0]!
    .offset;
  await kill();
  const { tus } = await start();
  return { tus, location, stagedBytes, offsetMeanwhile, file: join(server.homeOf('bob'), 'a.bin') };
}
type Listing = { items: { offset: number }[] };

describe('a server that is killed in the middle of a part', () => {
  test('goes on from the end of the last one that was verified', async () => {
    const { tus, location, stagedBytes, offsetMeanwhile, file } = await killedInTheMiddle({
      isChecked: true,
    });
    expect(offsetMeanwhile).toBe(first.length);
    expect(await stagedBytes()).toBe(first.length);
    const { headers } = await tus.head(location).expect(200);
    expect(headers['upload-offset']).toBe(String(first.length));
    await tus.append(location, first.length, second).set('Upload-Checksum', checksumOf(second)).expect(204);
    expect(bytes.equals(await readFile(file))).toBe(true);
  });

  test('keeps what came of it when no checksum was to come', async () => {
    const { tus, location, stagedBytes, offsetMeanwhile } = await killedInTheMiddle({ isChecked: false });
    const kept = await stagedBytes();
    expect(offsetMeanwhile).toBeGreaterThan(first.length);
    expect(kept).toBeGreaterThan(first.length);
    const { headers } = await tus.head(location).expect(200);
    expect(headers['upload-offset']).toBe(String(kept));
  });
});

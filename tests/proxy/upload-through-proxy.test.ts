import { createHash, randomFillSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAccount, ServerProcess } from '../crash/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';
import { findFreePort, findProgram, startProxy, type ProxyKind } from './proxy-server.ts';
import { SecureClient } from './secure-client.ts';

const megabyte = 1_000_000;
const tus = { 'Tus-Resumable': '1.0.0' };
const octets = { 'Content-Type': 'application/offset+octet-stream' };

async function setUp(kind: ProxyKind) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-proxied-'));
  const port = await findFreePort();
  const origin = `https://127.0.0.1:${port}`;
  // As the page says, and nothing else: no limit of Drey is raised for this.
  const environment = { DREY_DATA: dataFolder, DREY_PUBLIC_URL: origin, DREY_TRUST_PROXY: '127.0.0.1' };
  const account = await createAccount('alice', environment);
  const upstreamPort = await findFreePort();
  const server = await ServerProcess.start({ ...environment, DREY_PORT: String(upstreamPort) });
  onTestFinished(async () => {
    await server.kill();
    await rm(dataFolder, { recursive: true, force: true });
  });
  await startProxy(kind, port, upstreamPort);
  const client = new SecureClient(origin, { Authorization: `Bearer ${account.token}` });
  onTestFinished(() => client.close());
  return { client, origin, home: join(dataFolder, 'storage', account.name) };
}

function noise(bytes: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(bytes));
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function begin(client: SecureClient, name: string, size: number): Promise<string> {
  const created = await client.ask('POST', '/api/v1/uploads', {
    headers: {
      ...tus,
      'Upload-Length': String(size),
      'Upload-Metadata': `uri ${Buffer.from(`storage:${name}`).toString('base64')}`,
    },
    body: new Uint8Array(0),
  });
  expect(created.status).toBe(201);
  return created.headers.location!;
}

async function chunkBytesOf(client: SecureClient): Promise<number> {
  const { body } = await client.ask('GET', '/api/v1/session');
  return (JSON.parse(body.toString()) as { uploads: { chunkBytes: number } }).uploads.chunkBytes;
}

const kinds = (['nginx', 'caddy'] as const).filter((kind) => findProgram(kind));

for (const kind of kinds) {
  describe(`through ${kind}, configured as the documentation says`, () => {
    test('a large file goes by tus in pieces of the default size', async () => {
      const { client, home } = await setUp(kind);
      const chunkBytes = await chunkBytesOf(client);
      expect(chunkBytes).toBe(64 * megabyte);
      const bytes = noise(150 * megabyte);
      const address = await begin(client, 'large.bin', bytes.length);
      for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
        const { status } = await client.ask('PATCH', address, {
          headers: { ...tus, ...octets, 'Upload-Offset': String(offset) },
          body: bytes.subarray(offset, offset + chunkBytes),
        });
        expect(status).toBe(204);
      }
      expect(digestOf(await readFile(join(home, 'large.bin')))).toBe(digestOf(bytes));
    });

    test('a piece that breaks off is gone on with from what had arrived, so nothing is gathered on the way', async () => {
      const { client, home } = await setUp(kind);
      const bytes = noise(40 * megabyte);
      const address = await begin(client, 'broken.bin', bytes.length);
      const headers = { ...tus, ...octets, 'Upload-Offset': '0' };
      const staging = join(home, '.drey/staging');
      const [name] = await readdir(staging);
      const begun = { headers, body: bytes.subarray(0, 20 * megabyte) };
      await client.breakOff('PATCH', address, begun, bytes.length, () =>
        waitUntil(
          'most of what was sent has arrived',
          async () => (await stat(join(staging, name!))).size > 15 * megabyte,
          20_000,
        ),
      );
      const { status, headers: told } = await client.ask('HEAD', address, { headers: tus });
      expect(status).toBe(200);
      const offset = Number(told['upload-offset']);
      expect(offset).toBeGreaterThan(15 * megabyte);
      const rest = await client.ask('PATCH', address, {
        headers: { ...tus, ...octets, 'Upload-Offset': String(offset) },
        body: bytes.subarray(offset),
      });
      expect(rest.status).toBe(204);
      expect(digestOf(await readFile(join(home, 'broken.bin')))).toBe(digestOf(bytes));
    });

    test('small files travel together, up to the largest request there is', async () => {
      const { client, home } = await setUp(kind);
      for (const { count, size } of [
        { count: 500, size: 4096 },
        { count: 1000, size: 67_000 },
      ]) {
        const folder = `${count} of ${size}`;
        const parts = Array.from({ length: count }, (_, index) => ({
          name: `${index}.bin`,
          bytes: noise(size),
        }));
        const form = new FormData();
        for (const { name, bytes } of parts)
          form.append('file', new Blob([new Uint8Array(bytes)]), `${folder}/${name}`);
        const encoded = new Response(form);
        const { status, body } = await client.ask('POST', '/api/v1/bulk/alice', {
          headers: { 'Content-Type': encoded.headers.get('content-type')! },
          body: new Uint8Array(await encoded.arrayBuffer()),
        });
        expect(status).toBe(200);
        const { items } = JSON.parse(body.toString()) as { items: { error?: unknown }[] };
        expect(items.filter(({ error }) => error)).toEqual([]);
        const last = parts.at(-1)!;
        expect(digestOf(await readFile(join(home, folder, last.name)))).toBe(digestOf(last.bytes));
      }
    });

    test('a file in one plain request may be larger than any piece, and comes back whole and in part', async () => {
      const { client, home } = await setUp(kind);
      const bytes = noise(120 * megabyte);
      const put = await client.ask('PUT', '/api/v1/content/alice/plain.bin', { body: bytes });
      expect(put.status).toBe(201);
      expect(digestOf(await readFile(join(home, 'plain.bin')))).toBe(digestOf(bytes));
      const whole = await client.ask('GET', '/api/v1/content/alice/plain.bin');
      expect(digestOf(whole.body)).toBe(digestOf(bytes));
      const part = await client.ask('GET', '/api/v1/content/alice/plain.bin', {
        headers: { Range: 'bytes=1000-1999' },
      });
      expect([part.status, part.body.equals(bytes.subarray(1000, 2000))]).toEqual([206, true]);
    });

    test('people sign in, are known by their own address, and links bear the public one', async () => {
      const { client, origin } = await setUp(kind);
      // From elsewhere than the proxy itself.
      const visitor = new SecureClient(origin, {}, '127.0.0.2');
      onTestFinished(() => visitor.close());
      const signedIn = await visitor.ask('POST', '/api/v1/session', {
        headers: {
          Origin: origin,
          'Content-Type': 'application/json',
          'X-Forwarded-For': '203.0.113.7',
        },
        body: Buffer.from(JSON.stringify({ name: 'alice', password: 'correct horse battery' })),
      });
      expect(signedIn.status).toBe(201);
      expect(signedIn.headers['set-cookie']?.join()).toMatch(/__Host-.*Secure/);
      const cookies = signedIn.headers['set-cookie']!.map((line) => line.split(';')[0]);
      const sessions = await visitor.ask('GET', '/api/v1/sessions', {
        headers: { Cookie: cookies.join('; ') },
      });
      const [session] = (JSON.parse(sessions.body.toString()) as { items: { address: string }[] }).items;
      expect(session!.address).toBe('127.0.0.2');

      await client.ask('PUT', '/api/v1/content/alice/a.txt', { body: Buffer.from('hello') });
      const link = await client.ask('POST', '/api/v1/links', {
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from(JSON.stringify({ items: ['storage:a.txt'] })),
      });
      const { url } = JSON.parse(link.body.toString()) as { url: string };
      expect(url.startsWith(`${origin}/s/`)).toBe(true);
      expect((await client.ask('GET', `${new URL(url).pathname}/raw`)).body.toString()).toBe('hello');
    });
  });
}

test('nginx lets no larger piece through than the documentation says', async () => {
  const { client } = await setUp('nginx');
  const address = await begin(client, 'large.bin', 100 * megabyte);
  const answer = await client
    .ask('PATCH', address, {
      headers: { ...tus, ...octets, 'Upload-Offset': '0' },
      body: noise(80 * megabyte),
    })
    .catch((error: NodeJS.ErrnoException) => ({ status: error.code }));
  // It answers at once and closes: who is still sending may see only the second.
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(answer.status);
  const { headers } = await client.ask('HEAD', address, { headers: tus });
  expect(headers['upload-offset']).toBe('0');
});

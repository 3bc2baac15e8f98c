import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { xxhash64 } from 'hash-wasm';
import { describe, expect, test } from 'vitest';
import { bulkForm } from '../support/bulk-form.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const hex = (text: string) => createHash('sha256').update(text).digest('hex');
const base64 = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('base64');
const field = (text: string) => `sha-256=:${base64(text)}:`;

async function setUp() {
  const server = await startTestServer();
  return { server, tus: new TusClient(server, server.bob) };
}

const visible = async (server: TestServer) =>
  (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey');
const textOf = (server: TestServer, path: string) => readFile(join(server.homeOf('bob'), path), 'utf8');

async function knownOf(server: TestServer, path: string): Promise<string | null> {
  const { body } = await server.as(server.bob).get(`/api/v1/checksums/bob/${path}`).expect(200);
  return body.sha256;
}

function put(server: TestServer, path: string, text: string, headers: Record<string, string>) {
  return server.as(server.bob).put(`/api/v1/content/bob/${path}`).set(headers).send(Buffer.from(text));
}

describe('a PUT', () => {
  test('that is not what its digest says stores nothing and leaves the old version (UP-16)', async () => {
    const { server } = await setUp();
    await server.put(server.bob, 'bob/old.txt', 'old');
    for (const name of ['Repr-Digest', 'Content-Digest']) {
      for (const path of ['old.txt', 'new.txt']) {
        const { body } = await put(server, path, 'damaged', { [name]: field('intact') }).expect(400);
        expect(body.error).toMatchObject({ code: 'invalid', reason: 'digest_mismatch' });
      }
    }
    expect(await visible(server)).toEqual(['old.txt']);
    expect(await textOf(server, 'old.txt')).toBe('old');
    expect(await readdir(join(server.homeOf('bob'), '.drey/temporary'))).toEqual([]);
  });

  test('answers the digest of what it stored, which is known from then on', async () => {
    const { server } = await setUp();
    const { headers } = await put(server, 'a.txt', 'one', { 'Repr-Digest': field('one') }).expect(201);
    expect(headers['repr-digest']).toBe(field('one'));
    expect(await knownOf(server, 'a.txt')).toBe(hex('one'));
    await put(server, 'a.txt', 'two', {}).expect(200);
    expect(await knownOf(server, 'a.txt')).toBe(hex('two'));
  });

  test('may tell its digest in a trailer, when all has been sent', async () => {
    const { server } = await setUp();
    const send = async (path: string, digest: string) => {
      const head = requestHead('PUT', `/api/v1/content/bob/${path}`, [
        ...usual(server.origin, server.bob),
        ['Transfer-Encoding', 'chunked'],
        ['Trailer', 'Repr-Digest'],
      ]);
      const connection = new RawConnection(server.origin).send(
        `${head}3\r\none\r\n0\r\nRepr-Digest: ${digest}\r\n\r\n`,
      );
      await connection.until('\r\n\r\n');
      return connection.statuses[0];
    };
    expect(await send('wrong.txt', field('two'))).toBe(400);
    expect(await send('right.txt', field('one'))).toBe(201);
    expect(await visible(server)).toEqual(['right.txt']);
  });

  test('with a digest that cannot be verified or read is refused (UP-16)', async () => {
    const { server } = await setUp();
    const wrong = ['sha-512=:AAAA:', 'sha-256=:AAAA:', 'sha-256=abc', 'sha-256', hex('one'), ''];
    for (const value of wrong) await put(server, 'a.txt', 'one', { 'Repr-Digest': value }).expect(400);
    const both = { 'Repr-Digest': field('one'), 'Content-Digest': field('two') };
    await put(server, 'a.txt', 'one', both).expect(400);
    await put(server, 'a.txt', 'one', { 'Repr-Digest': `sha-512=:AAAA:, ${field('one')}` }).expect(201);
  });
});

describe('a part of an upload with its checksum', () => {
  test('is refused with 460 when it is damaged, keeps nothing of it, and can be sent again (TU-12)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    await tus
      .append(location, 0, '12345')
      .set('Upload-Checksum', `sha1 ${base64('12345', 'sha1')}`)
      .expect(204);
    for (const algorithm of ['sha1', 'sha256']) {
      const checksum = `${algorithm} ${base64('67890', algorithm)}`;
      const refused = await tus.append(location, 5, '6789x').set('Upload-Checksum', checksum).expect(460);
      expect(refused.body.error).toMatchObject({ code: 'invalid', reason: 'digest_mismatch' });
      expect((await tus.head(location).expect(200)).headers['upload-offset']).toBe('5');
    }
    await tus.append(location, 5, '67890').set('Content-Digest', field('other')).expect(460);
    const last = await tus.append(location, 5, '67890').set('Content-Digest', field('67890')).expect(204);
    expect(last.headers['repr-digest']).toBe(field('1234567890'));
    expect(await textOf(server, 'a.txt')).toBe('1234567890');
    expect(await knownOf(server, 'a.txt')).toBe(hex('1234567890'));
  });

  test.each([
    ['sha256-from-start', async (bytes: string) => base64(bytes)],
    [
      'xxh64-from-start',
      async (bytes: string) => Buffer.from(await xxhash64(bytes), 'hex').toString('base64'),
    ],
  ])('may say the %s up to its end, also when the server has begun anew (TU-12)', async (name, digestOf) => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 15 });
    const fromStart = async (bytes: string) => `${name} ${await digestOf(bytes)}`;
    const append = (offset: number, bytes: string, checksum: string) =>
      tus.append(location, offset, bytes).set('Upload-Checksum', checksum);
    await append(0, '12345', await fromStart('12345')).expect(204);
    const damaged = await append(5, '6789x', await fromStart('1234567890')).expect(460);
    expect(damaged.body.error).toMatchObject({ code: 'invalid', reason: 'digest_mismatch' });
    await append(5, '67890', await fromStart('67890')).expect(460);
    expect((await tus.head(location).expect(200)).headers['upload-offset']).toBe('5');
    await append(5, '67890', await fromStart('1234567890')).expect(204);
    const second = await startServerOn(server.dataFolder);
    const again = new TusClient(second, second.bob);
    const goOn = (checksum: string) => again.append(location, 10, 'abcde').set('Upload-Checksum', checksum);
    await goOn(await fromStart('1234567890abcdX')).expect(460);
    const last = await goOn(await fromStart('1234567890abcde')).expect(204);
    expect(last.headers['repr-digest']).toBe(field('1234567890abcde'));
    expect(await textOf(second, 'a.txt')).toBe('1234567890abcde');
    expect(await knownOf(second, 'a.txt')).toBe(hex('1234567890abcde'));
    await second.close();
  });

  test('is refused with 400 when the algorithm is unknown or the value is none (TU-12)', async () => {
    const { tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    const wrong = [
      'md5 AAAA',
      'xxh64 AAAAAA==',
      'xxh64-from-start AAAA',
      'sha1',
      'sha1 AAAA',
      `sha1 ${base64('12345', 'sha1')} x`,
      '',
      'SHA1 x',
    ];
    for (const value of wrong)
      await tus.append(location, 0, '12345').set('Upload-Checksum', value).expect(400);
    expect((await tus.head(location).expect(200)).headers['upload-offset']).toBe('0');
    const { headers } = await tus.server.as().options('/api/v1/uploads').expect(204);
    expect(headers['tus-checksum-algorithm']).toBe('sha1,sha256,sha256-from-start,xxh64-from-start');
    expect(headers['tus-extension']).toMatch(/\bchecksum\b/);
  });

  test('may tell it in a trailer (TU-12)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 3 });
    const send = async (trailer: string) => {
      const head = requestHead('PATCH', location, [
        ...usual(server.origin, server.bob),
        ['Tus-Resumable', '1.0.0'],
        ['Content-Type', 'application/offset+octet-stream'],
        ['Upload-Offset', '0'],
        ['Transfer-Encoding', 'chunked'],
        ['Trailer', 'Upload-Checksum'],
      ]);
      const connection = new RawConnection(server.origin).send(`${head}3\r\none\r\n0\r\n${trailer}\r\n`);
      await connection.until('\r\n\r\n');
      return connection.statuses[0];
    };
    expect(await send(`Upload-Checksum: sha256 ${base64('two')}\r\n`)).toBe(460);
    expect(await send('')).toBe(460);
    expect(await visible(server)).toEqual([]);
    expect(await send(`Upload-Checksum: sha1 ${base64('one', 'sha1')}\r\n`)).toBe(204);
    expect(await textOf(server, 'a.txt')).toBe('one');
  });
});

describe('a whole upload with its checksum', () => {
  test('told at its creation stores nothing when it does not match, and keeps the old version (UP-16)', async () => {
    const { server, tus } = await setUp();
    await server.put(server.bob, 'bob/a.txt', 'old');
    const wish = { uri: 'storage:a.txt', size: 3, onConflict: 'replace' };
    const location = await tus.create({ ...wish, sha256: hex('two') });
    const { body } = await tus.append(location, 0, 'one').expect(460);
    expect(body.error).toMatchObject({ code: 'invalid', reason: 'digest_mismatch' });
    await tus.head(location).expect(404);
    expect(await textOf(server, 'a.txt')).toBe('old');
    expect(await readdir(join(server.homeOf('bob'), '.drey/staging'))).toEqual([]);

    await tus.append(await tus.create({ ...wish, sha256: hex('one') }), 0, 'one').expect(204);
    expect(await textOf(server, 'a.txt')).toBe('one');
    await tus.creation({ ...wish, sha256: 'abc' }).expect(400);
  });

  test('told with the last part is held against all parts (UP-16)', async () => {
    const { server, tus } = await setUp();
    const send = async (name: string, digest: string) => {
      const location = await tus.create({ uri: `storage:${name}`, size: 10 });
      await tus.append(location, 0, '12345').expect(204);
      return tus.append(location, 5, '67890').set('Repr-Digest', digest);
    };
    expect((await send('wrong', field('12345-7890'))).status).toBe(460);
    expect((await send('right', field('1234567890'))).status).toBe(204);
    expect(await visible(server)).toEqual(['right']);
  });

  test('is told once: another one is refused, and leaves what has come', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    const append = (offset: number, bytes: string, digest: string) =>
      tus.append(location, offset, bytes).set('Repr-Digest', field(digest));
    await append(0, '12345', '1234567890').expect(204);
    const refused = await append(5, '67xyz', '1234567xyz').expect(460);
    expect(refused.body.error).toMatchObject({ code: 'invalid', reason: 'digest_mismatch' });
    await append(5, '67890', '1234567890').expect(204);
    expect(await textOf(server, 'a.txt')).toBe('1234567890');
  });

  test('is held against bytes that came before the server was started anew', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 9, sha256: hex('123456789') });
    await tus.append(location, 0, '123').expect(204);
    const second = await startServerOn(server.dataFolder);
    const again = new TusClient(second, second.bob);
    await again.append(location, 3, '456').expect(204);
    const { headers } = await again.append(location, 6, '789').expect(204);
    expect(headers['repr-digest']).toBe(field('123456789'));
    await second.close();
  });

  test('goes on after a connection broke in the middle of a part', async () => {
    const { server, tus } = await setUp();
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const location = await tus.create({ uri: 'storage:a.bin', size: bytes.length, sha256 });
    const head = requestHead('PATCH', location, [
      ...usual(server.origin, server.bob),
      ['Tus-Resumable', '1.0.0'],
      ['Content-Type', 'application/offset+octet-stream'],
      ['Upload-Offset', '0'],
      ['Content-Length', String(bytes.length)],
    ]);
    const connection = new RawConnection(server.origin).send(head, bytes.subarray(0, 2_500_000));
    const staging = join(server.homeOf('bob'), '.drey/staging');
    const [staged = ''] = await readdir(staging);
    await waitUntil('some of it has come', async () => (await stat(join(staging, staged))).size > 0);
    connection.socket.destroy();
    const offset = Number((await tus.head(location).expect(200)).headers['upload-offset']);
    await tus.append(location, offset, bytes.subarray(offset)).expect(204);
    expect(await knownOf(server, 'a.bin')).toBe(sha256);
  });
});

describe('an upload that its sender verifies by XXH64', () => {
  const xxh64 = async (bytes: string) =>
    `xxh64-from-start ${Buffer.from(await xxhash64(bytes), 'hex').toString('base64')}`;

  test('is answered before its SHA-256 is known; that and the XXH64 are noted, and stay when it is renamed', async () => {
    const { server, tus } = await setUp();
    const bytes = 'x'.repeat(3_000_000);
    const location = await tus.create({ uri: 'storage:a.txt', size: bytes.length, checksum: 'xxh64' });
    const { headers } = await tus
      .append(location, 0, bytes)
      .set('Upload-Checksum', await xxh64(bytes))
      .expect(204);
    expect(headers).not.toHaveProperty('repr-digest');
    expect(headers.etag).toBeDefined();
    await waitUntil('it is noted', async () => (await knownOf(server, 'a.txt')) === hex(bytes));
    await server
      .as(server.bob)
      .post('/api/v1/moves')
      .send({ from: ['storage:a.txt'], to: 'storage:b.txt', into: false })
      .expect(200);
    const { body } = await server.as(server.bob).get('/api/v1/checksums/bob/b.txt').expect(200);
    expect(body).toMatchObject({ sha256: hex(bytes), xxh64: await xxhash64(bytes) });
  });

  test('and then replaced by a PUT has no XXH64 any more', async () => {
    const { server, tus } = await setUp();
    await tus.store({ uri: 'storage:a.txt', checksum: 'xxh64' }, 'one');
    await waitUntil('it is noted', async () => (await knownOf(server, 'a.txt')) === hex('one'));
    await put(server, 'a.txt', 'two', {}).expect(200);
    const { body } = await server.as(server.bob).get('/api/v1/checksums/bob/a.txt').expect(200);
    expect(body).toMatchObject({ sha256: hex('two'), xxh64: null });
  });

  test('is refused when it is damaged, or is not what its sender says of it besides (UP-16)', async () => {
    const { server, tus } = await setUp();
    const wish = { uri: 'storage:a.txt', size: 3, checksum: 'xxh64' };
    const damaged = await tus.create(wish);
    await tus
      .append(damaged, 0, 'one')
      .set('Upload-Checksum', await xxh64('two'))
      .expect(460);
    const other = await tus.create({ ...wish, sha256: hex('two') });
    await tus
      .append(other, 0, 'one')
      .set('Upload-Checksum', await xxh64('one'))
      .expect(460);
    expect(await visible(server)).toEqual([]);
    const { body } = await tus.creation({ ...wish, checksum: 'md5' }).expect(400);
    expect(body.error.message).toContain('xxh64');
  });

  test('leaves alone what is known of the version that replaced it before it was hashed', async () => {
    const { server, tus } = await setUp();
    const size = 64 * 1024 * 1024;
    const send = async (uri: string) =>
      tus.append(await tus.create({ uri, size, checksum: 'xxh64' }), 0, Buffer.alloc(size)).expect(204);
    await send('storage:a.bin');
    await server.put(server.bob, 'bob/a.bin', 'newer');
    // One thread hashes both, the first one first.
    await send('storage:later.bin');
    await waitUntil('the later one is hashed', async () => (await knownOf(server, 'later.bin')) !== null);
    expect(await knownOf(server, 'a.bin')).toBe(hex('newer'));
  });

  test('has its SHA-256 in the answer where its sender says one', async () => {
    const { server, tus } = await setUp();
    const wish = { uri: 'storage:a.txt', size: 3, checksum: 'xxh64', sha256: hex('one') };
    const { headers } = await tus.append(await tus.create(wish), 0, 'one').expect(204);
    expect(headers['repr-digest']).toBe(field('one'));
    expect(await knownOf(server, 'a.txt')).toBe(hex('one'));
  });

  test('has its SHA-256 computed for who asks, when the server stopped before it was known', async () => {
    const { server, tus } = await setUp();
    const size = 64 * 1024 * 1024;
    const location = await tus.create({ uri: 'storage:a.bin', size, checksum: 'xxh64' });
    await tus.append(location, 0, Buffer.alloc(size)).expect(204);
    await server.close();
    const second = await startServerOn(server.dataFolder);
    const { body } = await second.as(second.bob).get('/api/v1/checksums/bob/a.bin?compute=1').expect(200);
    expect(body.sha256).toBe(createHash('sha256').update(Buffer.alloc(size)).digest('hex'));
    await second.close();
  });
});

describe('a checksum that is known', () => {
  test('goes along when the file is renamed, or its folder is', async () => {
    const { server } = await setUp();
    const move = (from: string, to: string) =>
      server
        .as(server.bob)
        .post('/api/v1/moves')
        .send({ from: [from], to, into: false })
        .expect(200);
    await server.as(server.bob).put('/api/v1/directories/bob/in').expect(201);
    await server.put(server.bob, 'bob/in/a.txt', 'one');
    await move('storage:in/a.txt', 'storage:in/b.txt');
    expect(await knownOf(server, 'in/b.txt')).toBe(hex('one'));
    await move('storage:in', 'storage:out');
    expect(await knownOf(server, 'out/b.txt')).toBe(hex('one'));
  });

  test('comes from a bulk upload too, and is what SHA256SUMS hands out', async () => {
    const { server } = await setUp();
    const headers = { Authorization: `Bearer ${server.bob.token}` };
    const body = bulkForm([['a.txt', 'one']]);
    await fetch(`${server.origin}/api/v1/bulk/bob`, { method: 'POST', headers, body });
    expect(await knownOf(server, 'a.txt')).toBe(hex('one'));
    const { url } = await server.link(server.bob, { items: ['storage:a.txt'] });
    const { text } = await server
      .as()
      .get(`${new URL(url).pathname}/SHA256SUMS`)
      .expect(200);
    expect(text).toBe(`${hex('one')}  a.txt\n`);
  });
});

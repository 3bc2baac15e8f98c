import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, onTestFinished, test, vi } from 'vitest';
import { redPng } from '../support/red-png.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';

const photo = () =>
  sharp({ create: { width: 2000, height: 1000, channels: 3, background: '#a0431a' } })
    .jpeg()
    .toBuffer();

async function ask(server: TestServer, path: string, isOwner = true) {
  const address = isOwner ? `/api/v1/thumbnails/bob/${path}` : path;
  return server
    .as(isOwner ? server.bob : undefined)
    .get(address)
    .responseType('blob');
}

/** How many pictures are kept, and how many files are known to hold none. */
async function listKept(server: TestServer): Promise<string[]> {
  const names = await readdir(join(server.dataFolder, 'thumbnails'), { recursive: true });
  return names.filter((name) => name.endsWith('.webp'));
}

test('a picture is made small, keeps its shape, and is kept until the file changes', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.jpg', await photo());
  const { status, headers, body } = await ask(server, 'a.jpg');
  expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([
    200,
    'image/webp',
    'nosniff',
  ]);
  expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'; frame-ancestors 'none'");
  expect(await sharp(body as Buffer).metadata()).toMatchObject({ width: 320, height: 160, format: 'webp' });
  expect((await ask(server, 'a.jpg')).body).toEqual(body);
  expect(await listKept(server)).toHaveLength(1);
  await server
    .as(server.bob)
    .get('/api/v1/thumbnails/bob/a.jpg')
    .set('If-None-Match', headers.etag as string)
    .expect(304);

  await server.put(server.bob, 'bob/a.jpg', redPng());
  const renewed = await ask(server, 'a.jpg');
  expect(renewed.headers.etag).not.toBe(headers.etag);
  expect(await sharp(renewed.body as Buffer).metadata()).toMatchObject({ width: 1, height: 1 });
});

test('a file without a picture, a broken one, and one that only claims to be one are refused, also the next time', async () => {
  const server = await startTestServer();
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  const whole = await photo();
  const files = {
    'a.txt': 'text',
    'empty.png': '',
    'noise.jpg': Buffer.alloc(5000, 7),
    'cut.jpg': whole.subarray(0, whole.length / 2),
    'drawing.png': svg,
    'drawing.svg': svg,
  };
  for (const [name, bytes] of Object.entries(files)) {
    await server.put(server.bob, `bob/${name}`, bytes as Buffer);
    for (const attempt of [1, 2]) {
      const { status } = await ask(server, name);
      expect(status, `${name}, ${attempt}`).toBe(400);
    }
  }
});

/** A picture that says it is `side` pixels wide and high, in a few kilobytes. */
function bomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('a picture of 900 million pixels is refused, and the next picture is made all the same (XS-11)', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/bomb.png', bomb(30_000));
  await server.put(server.bob, 'bob/a.jpg', await photo());
  expect((await ask(server, 'bomb.png')).status).toBe(400);
  expect((await ask(server, 'a.jpg')).status).toBe(200);
});

test('a drawing that calls itself a picture fetches nothing and expands nothing (XS-10)', async () => {
  const server = await startTestServer();
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
    '',
  );
  const svg =
    `<!DOCTYPE svg [<!ENTITY l0 "ha"><!ENTITY x SYSTEM "file://${server.dataFolder}/drey.db">${laughs}]>` +
    `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&l9;&x;</text></svg>`;
  for (const name of ['a.png', 'b.tiff', 'c.webp']) {
    await server.put(server.bob, `bob/${name}`, svg);
    expect((await ask(server, name)).status, name).toBe(400);
  }
});

test('a link shows the thumbnails of what is under it, of nothing else, and counts no use', async () => {
  const server = await startTestServer();
  await server.as(server.bob).put('/api/v1/directories/bob/shared').expect(201);
  await server.put(server.bob, 'bob/shared/a.jpg', await photo());
  await server.put(server.bob, 'bob/private.jpg', await photo());
  expect((await ask(server, 'private.jpg')).status).toBe(200);
  const link = await server.link(server.bob, { items: ['storage:shared'] });
  const { pathname } = new URL(link.url);
  const shown = await ask(server, `${pathname}/thumbnails/shared/a.jpg`, false);
  expect([shown.status, shown.headers['content-type']]).toEqual([200, 'image/webp']);
  for (const path of ['private.jpg', 'shared/../private.jpg', 'shared/%2e%2e/private.jpg', 'shared/b.jpg'])
    expect((await ask(server, `${pathname}/thumbnails/${path}`, false)).status, path).toBeGreaterThanOrEqual(
      400,
    );
  await server.services.linkTimeline.flush();
  const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`);
  expect([body.opens, body.downloads]).toEqual([0, 0]);
  await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
  expect((await ask(server, `${pathname}/thumbnails/shared/a.jpg`, false)).status).toBe(410);
});

test('a link with a limit shows no thumbnails: who sees enough has no need to download', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.jpg', await photo());
  const link = await server.link(server.bob, { items: ['storage:a.jpg'], maxDownloads: 1 });
  const { status } = await ask(server, `${new URL(link.url).pathname}/thumbnails/a.jpg`, false);
  expect(status).toBe(403);
});

test('someone else may not see the thumbnail of what they may not read, made before or not', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.jpg', await photo());
  await ask(server, 'a.jpg');
  const carl = await server.createUser('carl');
  await server.as(carl).get('/api/v1/thumbnails/bob/a.jpg').expect(404);
  await server.as().get('/api/v1/thumbnails/bob/a.jpg').expect(401);
});

test('forty who ask for one picture at once have it made once', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.jpg', await photo());
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(server, 'a.jpg')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await listKept(server)).toHaveLength(1);
  expect(await readdir(join(server.dataFolder, 'thumbnails', 'unfinished'))).toEqual([]);
});

test('what is old is swept away, and made anew when it is wanted', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.jpg', await photo());
  await ask(server, 'a.jpg');
  const left = join(server.dataFolder, 'thumbnails', 'unfinished', 'left-by-a-crash');
  await writeFile(left, 'x');
  server.time.now = new Date(server.time.now.getTime() + 31 * 86_400_000);
  await server.services.sweep();
  expect(await listKept(server)).toEqual([]);
  expect(await readdir(join(server.dataFolder, 'thumbnails', 'unfinished'))).toEqual([]);
  expect((await ask(server, 'a.jpg')).status).toBe(200);
});

test('a picture that is being made small when the server stops is made small by the next', async () => {
  const first = await startTestServer();
  await first.put(first.bob, 'bob/a.jpg', await photo());
  const asked = ask(first, 'a.jpg').catch(() => {});
  const unfinished = join(first.dataFolder, 'thumbnails', 'unfinished');
  const programs = () => readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  await vi.waitFor(async () => expect(await programs()).not.toBe(''), { interval: 1 });
  await first.services.close();
  await asked;
  expect(await readdir(unfinished)).toEqual([]);
  await first.close().catch(() => {});
  const second = await startServerOn(first.dataFolder);
  onTestFinished(() => second.close());
  expect((await ask(second, 'a.jpg')).status).toBe(200);
});

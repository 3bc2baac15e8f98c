import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Link, SharedListing } from '../../server/contract/schemas.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { readZip } from '../support/zip-reader.ts';

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const tree = { 'a.txt': 'alpha', 'sub/b.txt': 'beta', 'sub/deep/c\\d.txt': 'gamma', 'empty.bin': '' };

async function fill(home: string, files: Record<string, string> = tree): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(home, 'data', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
}

async function ready(server: TestServer, id: string): Promise<Link> {
  let link: Link | undefined;
  await waitUntil('the link is pinned', async () => {
    link = (await server.as(server.bob).get(`/api/v1/links/${id}`).expect(200)).body as Link;
    return link.pin?.state !== 'preparing' && link.nextPin?.state !== 'preparing';
  });
  return link as Link;
}

async function startPinned(terms: object = {}) {
  const server = await startTestServer();
  const home = server.homeOf('bob');
  await fill(home);
  const made = await server.link(server.bob, { items: ['storage:data'], pinned: true, ...terms });
  const link = await ready(server, made.id);
  const base = new URL(link.url).pathname;
  return {
    server,
    home,
    made,
    link,
    base,
    get: (path: string) => server.as().get(`${base}/${path}`).buffer(true),
    at: (path: string) => join(home, 'data', path),
    publish: () => server.as(server.bob).post(`/api/v1/links/${link.id}/pins`).expect(201),
  };
}

/** A server that was stopped at the worst moment: a manifest was asked for and nothing of it is made. */
async function startUnprepared() {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-pin-'));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const first = await startServerOn(dataFolder);
  await fill(first.homeOf('bob'));
  await first.services.pinMaker.close();
  const link = await first.link(first.bob, { items: ['storage:data'], pinned: true });
  return { dataFolder, first, link, base: new URL(link.url).pathname };
}

describe('a pinned link', () => {
  test('gives a manifest of every file, whose own hash is that of its SHA256SUMS', async () => {
    const { made, link, get } = await startPinned();
    expect(made.pin?.state).toBe('preparing');
    expect(link.pin).toMatchObject({
      state: 'ready',
      files: 4,
      bytes: 14,
      doneFiles: 4,
      doneBytes: 14,
      problem: null,
    });
    const { text } = await get('SHA256SUMS').expect(200);
    expect(text.split('\n').filter(Boolean).sort()).toEqual(
      [
        `${sha256('alpha')}  data/a.txt`,
        `${sha256('')}  data/empty.bin`,
        `${sha256('beta')}  data/sub/b.txt`,
        `\\${sha256('gamma')}  data/sub/deep/c\\\\d.txt`,
      ].sort(),
    );
    expect(link.pin?.sha256).toBe(sha256(text));
    const { body } = await get('entries/data').expect(200);
    expect((body as SharedListing).link.pin).toMatchObject({ state: 'ready', sha256: sha256(text) });
    expect((body as SharedListing).children?.items.map(({ name }) => name)).toEqual([
      'sub',
      'a.txt',
      'empty.bin',
    ]);
    await get('raw/data/sub/b.txt').expect(200, 'beta');
    await get('raw/data/empty.bin').expect(200);
    expect((await get('raw/data/a.txt').set('Range', 'bytes=1-2').expect(206)).text).toBe('lp');
  });

  test.each([
    ['written over in place', (file: string) => writeFile(file, 'ALPHA')],
    [
      'replaced by another of the same size and date',
      async (file: string) => {
        await writeFile(`${file}.new`, 'ALPHA');
        await utimes(`${file}.new`, 1000, 1000);
        await rename(`${file}.new`, file);
      },
    ],
    ['made longer', (file: string) => writeFile(file, 'alpha and omega')],
    ['deleted', (file: string) => rm(file)],
  ])('refuses a file that was %s, by every way, and gives the others', async (_, change) => {
    const { get, at, base } = await startPinned();
    await change(at('a.txt'));
    for (const path of ['raw/data/a.txt', 'raw/data/a.txt?inline=1', 'zip', 'zip?item=data/a.txt']) {
      const { status, text, headers } = await get(path);
      expect([path, status, JSON.parse(text).error.reason]).toEqual([path, 409, 'changed']);
      expect(headers['content-disposition']).toBeUndefined();
    }
    await get('raw/data/a.txt').set('Range', 'bytes=0-1').expect(409);
    await get('raw/data/sub/b.txt').expect(200, 'beta');
    await get(`zip?item=data/sub`).expect(200);
    expect((await get('SHA256SUMS').expect(200)).text).toContain(sha256('alpha'));
    expect(base).toContain('/s/');
  });

  test('shows and gives nothing that came later', async () => {
    const { get, at } = await startPinned();
    await writeFile(at('later.txt'), 'later');
    await writeFile(at('sub/later.txt'), 'later');
    await get('raw/data/later.txt').expect(404);
    for (const path of ['entries', 'entries/data', 'entries/data/sub', 'SHA256SUMS', 'urls'])
      expect((await get(path)).text, path).not.toContain('later');
    const zip = await get('zip').parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(null, Buffer.concat(chunks)));
    });
    const names = readZip(zip.body as Buffer).map(({ name }) => name);
    expect(names).toContain('data/sub/b.txt');
    expect(names.join()).not.toContain('later');
  });

  test('knows a file again that only looks touched, and one that was moved with its folder', async () => {
    const { server, get, at } = await startPinned();
    await utimes(at('a.txt'), 5000, 5000);
    await get('raw/data/a.txt').expect(200, 'alpha');
    await server
      .as(server.bob)
      .post('/api/v1/moves')
      .send({ from: ['storage:data'], to: 'storage:moved', into: false })
      .expect(200);
    await get('raw/data/a.txt').expect(200, 'alpha');
    await get('zip').expect(200);
    const { headers } = await get('raw/data/sub/b.txt').expect(200, 'beta');
    // Its checksum is its etag, so a download goes on wherever the file is now.
    expect(headers.etag).toBe(`"${sha256('beta')}"`);
  });

  test('publishes what is there now when asked to, and gives the old until that is made', async () => {
    const { server, link, get, at, publish } = await startPinned();
    await writeFile(at('a.txt'), 'a new version');
    await writeFile(at('later.txt'), 'later');
    const published = (await publish()).body as Link;
    expect(published).toMatchObject({ url: link.url, pin: { sha256: link.pin?.sha256 } });
    const now = await ready(server, link.id);
    expect(now.pin).toMatchObject({ state: 'ready', files: 5 });
    expect(now.nextPin).toBeNull();
    expect(now.pin?.sha256).not.toBe(link.pin?.sha256);
    await get('raw/data/a.txt').expect(200, 'a new version');
    await get('raw/data/later.txt').expect(200, 'later');
  });

  test('can be pinned later, and let go again', async () => {
    const { server, link, get, at } = await startPinned();
    const patch = (body: object) =>
      server.as(server.bob).patch(`/api/v1/links/${link.id}`).send(body).expect(200);
    expect((await patch({ pinned: false })).body.pin).toBeNull();
    await writeFile(at('a.txt'), 'anything');
    await get('raw/data/a.txt').expect(200, 'anything');
    await patch({ pinned: true });
    expect((await ready(server, link.id)).pin?.state).toBe('ready');
    await writeFile(at('a.txt'), 'changed again');
    await get('raw/data/a.txt').expect(409);
  });

  test('has another manifest when it has other items', async () => {
    const { server, link, get, home } = await startPinned();
    await writeFile(join(home, 'one.txt'), 'one');
    await server
      .as(server.bob)
      .patch(`/api/v1/links/${link.id}`)
      .send({ items: ['storage:one.txt'] })
      .expect(200);
    expect((await ready(server, link.id)).pin).toMatchObject({ state: 'ready', files: 1, bytes: 3 });
    await get('raw').expect(200, 'one');
    await get('raw/data/a.txt').expect(404);
    expect((await get('SHA256SUMS')).text).toBe(`${sha256('one')}  one.txt\n`);
  });

  test('goes on being prepared after a restart, and says so until it is', async () => {
    const { dataFolder, first, link, base } = await startUnprepared();
    const listing = (await first.as().get(`${base}/entries`).expect(200)).body as SharedListing;
    expect(listing).toMatchObject({ link: { pin: { state: 'preparing' }, itemCount: 0 } });
    expect(listing.children).toBeUndefined();
    for (const path of ['raw/data/a.txt', 'entries/data', 'zip', 'SHA256SUMS', 'urls', 'raw/', 'raw/data/']) {
      const { status, body, headers } = await first.as().get(`${base}/${path}`);
      expect([path, status, body.error?.reason]).toEqual([path, 423, 'preparing']);
      expect(headers['retry-after']).toBe('10');
    }
    await first.close();

    const second = await startServerOn(dataFolder);
    onTestFinished(() => second.close());
    expect((await ready(second, link.id)).pin).toMatchObject({ state: 'ready', doneFiles: 4 });
    await second.as().get(`${base}/raw/data/a.txt`).expect(200, 'alpha');
  });

  test('says why it could not be prepared to its owner alone', async () => {
    const { dataFolder, first, link, base } = await startUnprepared();
    await rm(join(first.homeOf('bob'), 'data'), { recursive: true });
    await first.close();
    const second = await startServerOn(dataFolder);
    onTestFinished(() => second.close());
    const { pin } = await ready(second, link.id);
    expect(pin).toMatchObject({ state: 'failed', problem: expect.stringMatching(/./) });
    const { body } = await second.as().get(`${base}/entries`).expect(200);
    expect(body.link.pin.state).toBe('failed');
    expect(body.link.pin.problem).toBeUndefined();
    const refusal = await second.as().get(`${base}/raw/data/a.txt`).expect(409);
    expect(refusal.body.error.reason).toBe('pin_failed');
  });
});

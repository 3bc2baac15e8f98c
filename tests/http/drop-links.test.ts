import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DropPage, DropResult, Link, ReceivedDrop } from '../../server/contract/schemas.ts';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { DropVisitor } from '../support/drop-visitor.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

async function startDrop<S extends TestServer>(server: S, terms: object = {}) {
  await server.as(server.bob).put('/api/v1/directories/bob/inbox');
  const link = await server.link(server.bob, { items: ['storage:inbox'], mode: 'drop', ...terms });
  return { server, link, inbox: join(server.homeOf('bob'), 'inbox'), visitor: new DropVisitor(server, link) };
}
const start = async (terms: object = {}) => startDrop(await startTestServer(), terms);
const reasonOf = ({ items }: DropResult) => items.map(({ error }) => error?.reason ?? 'stored');

describe('a link for dropping', () => {
  test('takes a file from someone without an account, and shows it to them', async () => {
    const { visitor, inbox, link } = await start({ label: 'Photos' });
    expect(link).toMatchObject({ mode: 'drop', drop: { takenFiles: 0, maxFiles: null } });
    const { items } = await visitor.send({ 'a.txt': 'hello' }, 'Anna');
    expect(items).toEqual([{ path: 'a.txt', storedPath: 'a.txt' }]);
    expect(await readFile(join(inbox, 'a.txt'), 'utf8')).toBe('hello');
    const page = await visitor.page();
    expect(page.link).toMatchObject({ label: 'Photos', mode: 'drop', sharedBy: 'bob' });
    expect(page.items).toMatchObject([{ sentPath: 'a.txt', storedPath: 'a.txt', size: 5 }]);
  });

  test('takes a large file by tus, piece by piece, and says under which name it is kept', async () => {
    const { visitor, inbox } = await start();
    await writeFile(join(inbox, 'big.bin'), 'mine');
    const location = await visitor.beginUpload('big.bin', 10);
    await visitor.append(location, 0, 'hello').expect(204);
    const head = await visitor.head(location).expect(200);
    expect(head.headers['upload-offset']).toBe('5');
    const last = await visitor.append(location, 5, 'world').expect(204);
    expect(decodeURIComponent(last.headers['drey-stored-path'] as string)).toBe('big (2).bin');
    expect(await readFile(join(inbox, 'big (2).bin'), 'utf8')).toBe('helloworld');
    expect(await readFile(join(inbox, 'big.bin'), 'utf8')).toBe('mine');
    expect((await visitor.page()).items).toMatchObject([{ sentPath: 'big.bin', storedPath: 'big (2).bin' }]);
  });

  test('keeps what has the same name apart, files and whole folders, and tells each sender', async () => {
    const { server, link, visitor: anna, inbox } = await start();
    const ben = new DropVisitor(server, link);
    await anna.send({ 'r/x.txt': 'anna', 'r/deep/y.txt': 'anna', 'z.txt': 'anna' });
    const { items } = await ben.send({ 'r/x.txt': 'ben', 'r/deep/y.txt': 'ben', 'z.txt': 'ben' });
    expect(items.map(({ storedPath }) => storedPath)).toEqual([
      'r (2)/x.txt',
      'r (2)/deep/y.txt',
      'z (2).txt',
    ]);
    expect(await readFile(join(inbox, 'r/x.txt'), 'utf8')).toBe('anna');
    expect(await readFile(join(inbox, 'r (2)/deep/y.txt'), 'utf8')).toBe('ben');
    // What one sender sends later into a folder of theirs joins what is there.
    const more = await ben.send({ 'r/more.txt': 'ben', 'r/x.txt': 'ben again' });
    expect(more.items.map(({ storedPath }) => storedPath)).toEqual(['r (2)/more.txt', 'r (2)/x (2).txt']);
  });

  test('finds one folder for files of a folder that come at the same time', async () => {
    const { visitor, inbox } = await start();
    await writeFile(join(inbox, 'r'), 'a file of that name');
    await visitor.page();
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => visitor.send({ [`r/${index}.txt`]: `${index}` })),
    );
    expect(await readdir(join(inbox, 'r (2)'))).toHaveLength(8);
    expect((await readdir(inbox)).sort()).toEqual(['r', 'r (2)']);
  });

  test('shows each sender what they sent and nothing else, and the owner all', async () => {
    const { server, link, visitor: anna } = await start();
    const ben = new DropVisitor(server, link);
    await anna.send({ 'secret-of-anna.txt': 'a' }, 'Anna');
    server.time.now = new Date(server.time.now.getTime() + 1000);
    await ben.send({ 'b.txt': 'bb' });
    expect(JSON.stringify(await ben.page())).not.toContain('anna');
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}/drops`).expect(200);
    expect(body.items).toMatchObject([
      { sentPath: 'b.txt', sender: null, size: 2 },
      { sentPath: 'secret-of-anna.txt', sender: 'Anna', size: 1 },
    ]);
    const [first, second] = body.items as ReceivedDrop[];
    expect(first?.visitor).not.toBe(second?.visitor);
    const paged = await server.as(server.bob).get(`/api/v1/links/${link.id}/drops?limit=1`).expect(200);
    const rest = await server
      .as(server.bob)
      .get(`/api/v1/links/${link.id}/drops?limit=1&cursor=${paged.body.next}`)
      .expect(200);
    expect([...paged.body.items, ...rest.body.items]).toEqual(body.items);
    await server.as(server.alice).get(`/api/v1/links/${link.id}/drops`).expect(404);
  });

  test('lets nobody touch what another visitor is sending, nor believes a cookie that it did not sign', async () => {
    const { server, link, visitor: anna } = await start();
    const location = await anna.beginUpload('a.bin', 5);
    const ben = new DropVisitor(server, link);
    await ben.page();
    await ben.append(location, 0, 'evil!').expect(404);
    await ben.head(location).expect(404);
    await ben.giveUp(location).expect(404);
    const forged = new DropVisitor(server, link);
    forged.cookie = (anna.cookie ?? '').replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    await forged.append(location, 0, 'evil!').expect(404);
    // Nor does the link's maker, as a user: an upload by a link is its sender's.
    const id = location.split('/').at(-1);
    await server.as(server.bob).head(`/api/v1/uploads/${id}`).set('Tus-Resumable', '1.0.0').expect(404);
    const twin = await server.link(server.bob, { items: ['storage:inbox'], mode: 'drop' });
    const elsewhere = new DropVisitor(server, twin);
    elsewhere.cookie = anna.cookie;
    await elsewhere.append(`${new URL(twin.url).pathname}/uploads/${id}`, 0, 'evil!').expect(404);
    await anna.append(location, 0, 'hello').expect(204);
  });

  test('gives nothing: no listing, no bytes, no zip, no checksums, whatever is asked (SH-01, SH-02)', async () => {
    const { server, link, visitor, inbox } = await startDrop(await startWatchedServer());
    await writeFile(join(inbox, 'hidden.txt'), 'hidden bytes');
    await visitor.send({ 'mine.txt': 'mine' });
    const base = new URL(link.url).pathname;
    for (const path of [
      'entries',
      'entries/inbox',
      'raw',
      'raw/inbox/hidden.txt',
      'raw/hidden.txt',
      'zip',
      'zip?item=inbox',
      'SHA256SUMS',
      'raw/mine.txt',
      'raw/inbox/mine.txt',
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const reply = await (server as WatchedServer).ask(method, `${base}/${path}`, {
          headers: { Cookie: visitor.cookie ?? '' },
        });
        expect([path, reply.status]).toEqual([path, 403]);
        expect(reply.text).not.toMatch(/hidden|mine/);
      }
    }
  });

  test('puts nothing outside of its folder, whatever a file is called (PT-01, PT-11, UP-06, SH-02)', async () => {
    const { visitor, inbox, server } = await startDrop(await startWatchedServer());
    const hostile = [
      '../out.txt',
      'a/../../out.txt',
      '/etc/out.txt',
      '..',
      '.',
      '',
      ' ',
      'a//b.txt',
      './a.txt',
      'a\u0000b.txt',
      'a\nb.txt',
      '.drey/x',
      'x'.repeat(300),
      '..\\..\\out.txt',
      '%2e%2e/out.txt',
    ];
    for (const path of hostile) {
      const { items } = await visitor.send({ [path]: 'x' });
      const stored = items[0]?.storedPath;
      if (stored === undefined) expect(items[0]?.error?.code, path).toMatch(/invalid|not_found/);
      else expect((await stat(join(inbox, stored))).isFile(), path).toBe(true);
      const tus = await visitor.creation(path, 1);
      expect([201, 400, 404], `${path} by tus`).toContain(tus.status);
    }
    expect((await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey')).toEqual(['inbox']);
  });
});

describe('the limits of a link for dropping', () => {
  test('hold for each file, before its bytes come and while they do', async () => {
    const { visitor, inbox } = await start({ drop: { maxFileBytes: 4 } });
    expect(reasonOf(await visitor.send({ 'ok.txt': '1234', 'long.txt': '12345' }))).toEqual([
      'stored',
      'file_too_large',
    ]);
    expect(reasonOf(await visitor.form({ 'unsaid.txt': '12345' }))).toEqual(['file_too_large']);
    expect((await visitor.creation('l.bin', 5)).body.error).toMatchObject({
      code: 'too_large',
      reason: 'file_too_large',
    });
    expect(await readdir(inbox)).toEqual(['ok.txt']);
  });

  test('hold for all files together, by count and by bytes, with what is on its way', async () => {
    const { visitor, server, link } = await start({ drop: { maxBytes: 10, maxFiles: 3 } });
    const location = await visitor.beginUpload('a.bin', 8);
    expect(reasonOf(await visitor.send({ 'b.txt': '123' }))).toEqual(['link_full']);
    expect(reasonOf(await visitor.form({ 'b.txt': '123' }))).toEqual(['link_full']);
    await visitor.giveUp(location).expect(204);
    const reasons = reasonOf(
      await visitor.send({ 'b.txt': '123', 'c.txt': '12', 'd.txt': '12', 'e.txt': '1' }),
    );
    expect(reasons.filter((reason) => reason === 'stored')).toHaveLength(3);
    expect(reasons).toContain('link_full');
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`);
    expect((body as Link).drop).toMatchObject({ takenFiles: 3 });
  });

  test('let exactly as many through as there is room for, of many that come at once (UP-07)', async () => {
    const { server, link, inbox } = await start({ drop: { maxFiles: 5, maxBytes: 1000 } });
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        new DropVisitor(server, link).send({ [`f${index}.txt`]: 'x'.repeat(100) }),
      ),
    );
    expect(results.flatMap(reasonOf).filter((reason) => reason === 'stored')).toHaveLength(5);
    expect(await readdir(inbox)).toHaveLength(5);
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`);
    expect((body as Link).drop).toMatchObject({ takenFiles: 5, takenBytes: 500 });
  });

  test('are met to the byte: what just fits is taken, one more is not, said before or not (UP-07)', async () => {
    const { server, link, visitor, inbox } = await start({ drop: { maxBytes: 10 } });
    const taken = async () =>
      ((await server.as(server.bob).get(`/api/v1/links/${link.id}`)).body as Link).drop?.takenBytes;
    expect(reasonOf(await visitor.send({ 'over.txt': '12345678901' }))).toEqual(['link_full']);
    expect(reasonOf(await visitor.form({ 'over.txt': '12345678901' }))).toEqual(['link_full']);
    expect((await visitor.creation('over.txt', 11)).body.error.reason).toBe('link_full');
    expect(await taken()).toBe(0);
    expect(reasonOf(await visitor.form({ 'fits.txt': '1234567890' }))).toEqual(['stored']);
    expect(reasonOf(await visitor.form({ 'one.txt': '1' }))).toEqual(['link_full']);
    expect(reasonOf(await visitor.send({ 'empty.txt': '' }))).toEqual(['stored']);
    const sizes = (await readdir(inbox)).map(async (name) => (await stat(join(inbox, name))).size);
    expect(await taken()).toBe((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0));
  });

  test('hold for kinds of files, whatever the case of their endings', async () => {
    const { visitor } = await start({ drop: { types: ['.JPG', 'tar.gz'] } });
    expect(
      reasonOf(
        await visitor.send({
          'a.jpg': 'x',
          'B.JPG': 'x',
          'c.tar.gz': 'x',
          'd.gz': 'x',
          jpg: 'x',
          'e.jpg.exe': 'x',
        }),
      ),
    ).toEqual(['stored', 'stored', 'stored', 'type_refused', 'type_refused', 'type_refused']);
    expect((await visitor.creation('e.exe', 1)).body.error.reason).toBe('type_refused');
  });

  test('can be changed at any time, and hold from then on', async () => {
    const { server, link, visitor } = await start({ drop: { maxFiles: 1 } });
    const change = (drop: object) => server.as(server.bob).patch(`/api/v1/links/${link.id}`).send({ drop });
    await visitor.send({ 'a.txt': 'x' });
    expect(reasonOf(await visitor.send({ 'b.txt': 'x' }))).toEqual(['link_full']);
    const { body } = await change({ maxFiles: 2, types: ['txt'] }).expect(200);
    expect((body as Link).drop).toMatchObject({ maxFiles: 2, types: ['txt'], maxBytes: null });
    expect(reasonOf(await visitor.send({ 'b.txt': 'x' }))).toEqual(['stored']);
    await change({ maxFiles: null, types: null }).expect(200);
    expect(reasonOf(await visitor.send({ 'c.pdf': 'x' }))).toEqual(['stored']);
    expect(((await visitor.page()) as DropPage).limits).toEqual({
      maxFileBytes: null,
      maxBytes: null,
      maxFiles: null,
      types: null,
    });
  });

  test('make sense: one folder, nothing to download, nothing to pin', async () => {
    const { server, link } = await start();
    await server.put(server.bob, 'bob/f.txt', 'x');
    const post = (body: object) => server.as(server.bob).post('/api/v1/links').send(body);
    await post({ items: ['storage:f.txt'], mode: 'drop' }).expect(400);
    await post({ items: ['storage:inbox', 'storage:f.txt'], mode: 'drop' }).expect(400);
    await post({ items: ['storage:inbox'], mode: 'drop', maxDownloads: 1 }).expect(400);
    await post({ items: ['storage:inbox'], mode: 'drop', pinned: true }).expect(400);
    await post({ items: ['storage:inbox'], drop: { maxFiles: 1 } }).expect(400);
    await post({ items: ['storage:inbox'], mode: 'drop', drop: { types: ['a/b'] } }).expect(400);
    const patch = (body: object) => server.as(server.bob).patch(`/api/v1/links/${link.id}`).send(body);
    await patch({ maxDownloads: 1 }).expect(400);
    await patch({ pinned: true }).expect(400);
    await patch({ items: ['storage:f.txt'] }).expect(400);
    await server.as(server.bob).post(`/api/v1/links/${link.id}/pins`).expect(400);
  });

  test('give room back when an upload is given up or expires', async () => {
    const { server, link, visitor } = await start({ drop: { maxFiles: 1 } });
    await visitor.beginUpload('a.bin', 5);
    await visitor.creation('b.bin', 5).expect(413);
    server.time.now = new Date(server.time.now.getTime() + 8 * 86_400_000);
    await server.services.sweep();
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`);
    expect((body as Link).drop).toMatchObject({ takenFiles: 0, takenBytes: 0 });
    await visitor.creation('b.bin', 5).expect(201);
  });
});

describe('the life of a link for dropping', () => {
  test('ends at once for every request, and for what is on its way', async () => {
    const { server, link, visitor } = await start();
    const location = await visitor.beginUpload('a.bin', 5);
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    await visitor.append(location, 0, 'hello').expect(410);
    await visitor.head(location).expect(410);
    await visitor.creation('b.bin', 1).expect(410);
    await visitor.formRequest({ 'c.txt': 'x' }).expect(410);
    await server.as().get(`${visitor.base}/drops`).expect(410);
  });

  test('asks for its password before anything else', async () => {
    const { server, visitor } = await start({ password: 'sesame', label: 'hidden label' });
    for (const request of [
      server.as().get(`${visitor.base}/drops`),
      server.as().get(visitor.base).set('Accept', 'text/plain'),
      visitor.creation('a.bin', 1),
      visitor.formRequest({ 'a.txt': 'x' }),
    ]) {
      const { status, text } = await request;
      expect([status, text.includes('hidden')]).toEqual([401, false]);
    }
    await server
      .as()
      .post(`${visitor.base}/bulk`)
      .auth('', 'sesame')
      .attach('file', Buffer.from('x'), 'a.txt')
      .expect(200);
  });

  test('follows its folder when that is renamed, an upload under way too; ends when it is deleted', async () => {
    const { server, visitor } = await start();
    const location = await visitor.beginUpload('a.bin', 5);
    await visitor.append(location, 0, 'he').expect(204);
    await server
      .as(server.bob)
      .post('/api/v1/moves')
      .send({ from: ['storage:inbox'], to: 'storage:box', into: false })
      .expect(200);
    await visitor.append(location, 2, 'llo').expect(204);
    await visitor.send({ 'b.txt': 'x' });
    expect((await readdir(join(server.homeOf('bob'), 'box'))).sort()).toEqual(['a.bin', 'b.txt']);
    await server.as(server.bob).delete('/api/v1/entries/bob/box').expect(204);
    await visitor.formRequest({ 'c.txt': 'x' }).expect(410);
  });

  test('is a plain refusal when its folder was taken away on the disk', async () => {
    const { visitor, inbox } = await start();
    await rm(inbox, { recursive: true });
    const { items } = await visitor.send({ 'a.txt': 'x' });
    expect(items[0]?.error).toMatchObject({ code: 'not_found', reason: 'no_folder' });
  });

  test('works for a form of a page without scripts, which leads back to the page', async () => {
    const { visitor, inbox } = await start({ drop: { types: ['txt'] } });
    const response = await visitor
      .formRequest({ 'a.txt': 'x', 'b.exe': 'x' })
      .set('Accept', 'text/html,*/*')
      .redirects(0);
    expect(response.status).toBe(303);
    expect(response.headers.location).toBe(`${visitor.base}?sent=1&refused=1&why=type_refused`);
    expect(await readdir(inbox)).toEqual(['a.txt']);
    const empty = await visitor.formRequest({}).set('Accept', 'text/html').redirects(0);
    expect([empty.status, empty.headers.location]).toEqual([303, expect.stringContaining('refused=1')]);
  });
});

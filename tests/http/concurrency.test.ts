import { readdir, readFile } from 'node:fs/promises';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';
import { waitUntil } from '../support/wait-until.ts';

async function filesOf(server: TestServer): Promise<string[]> {
  return (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey').sort();
}

/** What is left in the hidden folder: unfinished, staged, and not yet deleted. */
async function remainsOf(server: TestServer): Promise<string[]> {
  const folders = ['temporary', 'staging', 'trash'].map((part) => join(server.homeOf('bob'), '.drey', part));
  return (await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))).flat();
}

describe('many at once', () => {
  test('a hundred writers to one path leave exactly one of their texts, and readers see no mixture (CC-01)', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    const textOf = (index: number) => `${index} `.repeat(20_000);
    const texts = new Set(Array.from({ length: 100 }, (_, index) => textOf(index)));
    await server.put(server.bob, 'bob/a.txt', textOf(0));

    let writing = true;
    const readers = Array.from({ length: 3 }, async () => {
      while (writing) {
        const { status, text } = await server.as(server.bob).get('/api/v1/content/bob/a.txt');
        expect(status).toBe(200);
        expect(texts.has(text)).toBe(true);
      }
    });
    const put = (index: number) =>
      server
        .as(server.bob)
        .put('/api/v1/content/bob/a.txt')
        .set('Content-Type', 'text/plain')
        .send(textOf(index));
    const writers = Array.from({ length: 100 }, async (_, index) => {
      if (index % 4 === 0) await tus.store({ uri: 'storage:a.txt', onConflict: 'replace' }, textOf(index));
      else expect([200, 201]).toContain((await put(index)).status);
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(readers);
    expect(texts.has(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8'))).toBe(true);
    expect(await filesOf(server)).toEqual(['a.txt']);
    await waitUntil('nothing is left over', async () => (await remainsOf(server)).length === 0);
  });

  test('of fifty who create one file one is told 201 and the others 412 (CC-02)', async () => {
    const server = await startTestServer();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        server
          .as(server.bob)
          .put('/api/v1/content/bob/a.txt')
          .set('If-None-Match', '*')
          .send(`text ${index}`),
      ),
    );
    const created = answers.flatMap(({ status }, index) => (status === 201 ? [`text ${index}`] : []));
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(49);
    expect(created).toEqual([await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')]);
  });

  test('of twenty who replace the version that they have seen one does (UP-09)', async () => {
    const server = await startTestServer();
    const first = await server.as(server.bob).put('/api/v1/content/bob/a.txt').send('first');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server
          .as(server.bob)
          .put('/api/v1/content/bob/a.txt')
          .set('If-Match', first.headers.etag as string)
          .send(`text ${index}`),
      ),
    );
    const stored = answers.flatMap(({ status }, index) => (status === 200 ? [`text ${index}`] : []));
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    expect(stored).toEqual([await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')]);
  });

  test('thirty uploads of one name that keep both become thirty files (CC-09)', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`);
    await Promise.all(texts.map((text) => tus.store({ uri: 'storage:a.txt', onConflict: 'rename' }, text)));
    const files = await filesOf(server);
    const stored = await Promise.all(files.map((name) => readFile(join(server.homeOf('bob'), name), 'utf8')));
    expect(stored.sort()).toEqual([...texts].sort());
  });
});

/** A failure of the disk, as the operating system reports it. */
function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), {
    code,
    path: '/var/lib/drey/secret',
    syscall: 'write',
  });
}

async function handlePrototype(): Promise<fs.FileHandle> {
  const handle = await fs.open('/dev/null');
  await handle.close();
  return Object.getPrototypeOf(handle) as fs.FileHandle;
}

/** Makes one kind of system call fail until `heal` is called; the count says that it did. */
async function failing(
  call: 'write' | 'writev' | 'sync' | 'stat' | 'rename' | 'link' | 'open',
  code: string,
) {
  const isCall = ['rename', 'link', 'open'].includes(call);
  const target = (isCall ? fs : await handlePrototype()) as unknown as Record<string, () => Promise<never>>;
  const spy = vi.spyOn(target, call).mockImplementation(async () => {
    throw systemError(code);
  });
  syncBuiltinESMExports();
  const heal = () => {
    spy.mockRestore();
    syncBuiltinESMExports();
  };
  return { spy, heal };
}

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

describe('a disk that fails', () => {
  const faults = [
    { call: 'write', code: 'ENOSPC', status: 507 },
    { call: 'sync', code: 'ENOSPC', status: 507 },
    { call: 'sync', code: 'EIO', status: 503 },
    { call: 'write', code: 'EDQUOT', status: 507 },
    { call: 'write', code: 'EROFS', status: 503 },
    { call: 'open', code: 'EMFILE', status: 503 },
    { call: 'open', code: 'EROFS', status: 503 },
  ] as const;
  for (const { call, code, status } of faults) {
    test(`with ${code} from ${call} keeps the old file, and takes the next when it has recovered (CR-03, CR-07)`, async () => {
      const server = await startTestServer();
      await server.put(server.bob, 'bob/a.txt', 'old');
      const put = () => server.as(server.bob).put('/api/v1/content/bob/a.txt').send('new and longer');
      const { spy, heal } = await failing(call, code);
      const failed = await put();
      expect(spy).toHaveBeenCalled();
      heal();
      expect(failed.status).toBe(status);
      expect(failed.text).not.toMatch(/injected|\/var\/lib/);
      expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('old');
      expect(await remainsOf(server)).toEqual([]);
      await put().expect(200);
    });
  }

  for (const code of ['EIO', 'ENOSPC']) {
    test(`with ${code} from close has stored nothing (CR-07)`, async () => {
      const server = await startTestServer();
      await server.put(server.bob, 'bob/a.txt', 'old');
      const { open } = fs;
      const spy = vi.spyOn(fs, 'open').mockImplementation(async (...of) => {
        const file = await open(...of);
        const close = file.close.bind(file);
        return Object.assign(file, { close: () => close().then(() => Promise.reject(systemError(code))) });
      });
      syncBuiltinESMExports();
      const failed = await server.as(server.bob).put('/api/v1/content/bob/a.txt').send('new and longer');
      expect(spy).toHaveBeenCalled();
      spy.mockRestore();
      syncBuiltinESMExports();
      expect(failed.status).toBe(code === 'EIO' ? 503 : 507);
      expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('old');
      expect(await remainsOf(server)).toEqual([]);
    });
  }

  test('while a new name is given leaves nothing under it (CR-03)', async () => {
    const server = await startTestServer();
    const put = () =>
      server.as(server.bob).put('/api/v1/content/bob/a.txt').set('If-None-Match', '*').send('hello');
    const { spy, heal } = await failing('link', 'ENOSPC');
    const failed = await put();
    expect(spy).toHaveBeenCalled();
    heal();
    expect(failed.status).toBe(507);
    expect(await filesOf(server)).toEqual([]);
    expect(await remainsOf(server)).toEqual([]);
    await put().expect(201);
  });

  test('in the middle of an upload says so, and the upload goes on when there is room again (CR-03)', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    const { spy, heal } = await failing('writev', 'ENOSPC');
    const failed = await tus.append(location, 0, 'hello');
    expect(spy).toHaveBeenCalled();
    heal();
    expect(failed.status).toBe(507);
    expect(failed.body.error.code).toBe('out_of_space');
    expect(await filesOf(server)).toEqual([]);
    expect((await tus.head(location)).headers['upload-offset']).toBe('0');
    await tus.append(location, 0, 'hello').expect(204);
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('hello');
  });

  test('at the end of an upload is no success: the client may ask again (CR-07)', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    const { spy, heal } = await failing('sync', 'EIO');
    const failed = await tus.append(location, 0, 'hello');
    expect(spy).toHaveBeenCalled();
    // tus clients take a 5xx of the last request for a success once HEAD says that all is there.
    expect(failed.status).toBe(423);
    await tus.head(location).expect(423);
    heal();
    expect(await filesOf(server)).toEqual([]);
    await tus.head(location).expect(200);
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('hello');
  });

  test('lets reading and signing in go on (CR-04)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'hello');
    const { heal } = await failing('write', 'ENOSPC');
    await server.as(server.bob).put('/api/v1/content/bob/b.txt').send('x').expect(507);
    await server.as(server.bob).get('/api/v1/content/bob/a.txt').expect(200);
    await server.as(server.bob).get('/api/v1/entries/bob').expect(200);
    await server.as(server.bob).delete('/api/v1/entries/bob/a.txt').expect(204);
    heal();
  });

  test('while a folder is copied leaves nothing of the copy (CR-03)', async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/d').expect(201);
    for (const name of ['1', '2', '3']) await server.put(server.bob, `bob/d/${name}`, name);
    const { spy, heal } = await failing('sync', 'ENOSPC');
    const copy = () =>
      server
        .as(server.bob)
        .post('/api/v1/copies')
        .send({ from: ['storage:d'], to: 'storage:e', into: false });
    await copy().expect(507);
    expect(spy).toHaveBeenCalled();
    heal();
    expect(await filesOf(server)).toEqual(['d']);
    await waitUntil('nothing is left over', async () => (await remainsOf(server)).length === 0);
    await copy().expect(200);
  });
});

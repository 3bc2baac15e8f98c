import { once } from 'node:events';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../../server/contract/app-error.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { readZip } from '../support/zip-reader.ts';

function archiveOf(server: TestServer, items: string[], user: TestUser = server.bob) {
  const query = items.map((item) => `item=${encodeURIComponent(item)}`).join('&');
  return server.as(user).get(`/api/v1/archive?${query}`);
}

/** The archive of some items, read strictly, by name. */
async function unpack(server: TestServer, ...items: string[]): Promise<Record<string, string>> {
  const response = await archiveOf(server, items).buffer().responseType('blob').expect(200);
  expect(response.headers['content-length']).toBe(String(response.body.length));
  return Object.fromEntries(readZip(response.body).map(({ name, bytes }) => [name, bytes.toString()]));
}

/** The answer to a request for an archive whose bytes wait until the test asks for them. */
async function startArchive(server: TestServer, item: string): Promise<IncomingMessage> {
  const request = get(`${server.origin}/api/v1/archive?item=${item}`, {
    headers: { Authorization: `Bearer ${server.bob.token}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function drain(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  return bytes;
}

describe('an archive', () => {
  test('holds folders, empty ones too, with an exact length and names of any script (AR-07)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'd/empty'), { recursive: true });
    await mkdir(join(home, 'd/ünïcode 数据 📦'));
    await server.put(server.bob, 'bob/d/a.txt', 'A');
    await server.put(server.bob, 'bob/d/empty.txt', '');
    await writeFile(join(home, 'd/ünïcode 数据 📦/ملف.bin'), 'B');
    await server.put(server.bob, 'bob/top.txt', 'T');
    expect(await unpack(server, 'storage:d', 'storage:top.txt')).toEqual({
      'd/': '',
      'd/a.txt': 'A',
      'd/empty/': '',
      'd/empty.txt': '',
      'd/ünïcode 数据 📦/': '',
      'd/ünïcode 数据 📦/ملف.bin': 'B',
      'top.txt': 'T',
    });
    expect(await unpack(server, 'storage:d/empty')).toEqual({ 'empty/': '' });
  });

  test('is called after what it holds, and cannot be had in parts (AR-10)', async () => {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'd'));
    await server.put(server.bob, 'bob/d/a.txt', 'A');
    const whole = await archiveOf(server, ['storage:d']).set('Range', 'bytes=0-3').expect(200);
    expect(whole.headers['content-type']).toBe('application/zip');
    expect(whole.headers['content-disposition']).toBe('attachment; filename=d.zip');
    expect(whole.headers['accept-ranges']).toBe('none');
    expect(whole.headers['content-range']).toBeUndefined();
  });

  test('of a folder with a nasty name has a header of one line (AR-12)', async () => {
    const server = await startTestServer();
    const name = 'a"; filename=evil.exe; x="ü';
    await server
      .as(server.bob)
      .put(`/api/v1/directories/bob/${encodeURIComponent(name)}`)
      .expect(201);
    const uri = `storage:${encodeURIComponent(name)}`;
    const { headers } = await archiveOf(server, [uri]).expect(200);
    const encoded = /filename\*=UTF-8''(\S+)$/.exec(headers['content-disposition'] as string)?.[1];
    expect(decodeURIComponent(encoded as string)).toBe(`${name}.zip`);
  });

  test('is announced by HEAD with the same headers, without a byte being read (AR-10)', async () => {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'd'));
    await server.put(server.bob, 'bob/d/a.txt', 'A'.repeat(1000));
    const opened = vi.spyOn(server.services.files, 'open');
    const head = await server.as(server.bob).head('/api/v1/archive?item=storage:d').expect(200);
    expect(opened).not.toHaveBeenCalled();
    const whole = await archiveOf(server, ['storage:d']).buffer().responseType('blob');
    expect(head.headers['content-length']).toBe(String(whole.body.length));
    expect(head.headers['content-disposition']).toBe(whole.headers['content-disposition']);
  });

  test('of what is not there, or not for the caller, is 404, and nothing else of it is told (AR-04)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'A');
    await server.put(server.alice, 'alice/secret.txt', 'CANARY');
    const missing = await archiveOf(server, ['storage:a.txt', 'storage:none']).expect(404);
    const foreign = await archiveOf(server, ['storage:a.txt', 'storage:/alice/secret.txt']).expect(404);
    expect(foreign.text).toBe(missing.text);
    expect(foreign.headers['content-disposition']).toBeUndefined();
    await archiveOf(server, ['storage:a/../../alice/secret.txt']).expect(400);
    await server.as(server.bob).get('/api/v1/archive').expect(400);
    await server.as().get('/api/v1/archive?item=storage:a.txt').expect(401);
  });

  test('of more items than are accepted is refused as a whole: none is left out in silence (AR-04)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a', 'A');
    const items = (count: number) => Array.from({ length: count }, () => 'item=storage:a').join('&');
    const accepted = await server
      .as(server.bob)
      .get(`/api/v1/archive?${items(1000)}`)
      .buffer()
      .responseType('blob');
    expect(readZip(accepted.body)).toHaveLength(1000);
    await server
      .as(server.bob)
      .get(`/api/v1/archive?${items(1001)}`)
      .expect(400);
  });

  test('keeps dates that a zip can hold and moves others to the nearest (AR-12)', async () => {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'd'));
    for (const year of [1970, 1980, 2020, 2107, 2150]) {
      await server.put(server.bob, `bob/d/${year}`, 'x');
      const date = new Date(`${year}-06-01T00:00:00Z`);
      await utimes(join(server.homeOf('bob'), 'd', String(year)), date, date);
    }
    const { body } = await archiveOf(server, ['storage:d']).buffer().responseType('blob');
    const years = Object.fromEntries(readZip(body).map(({ name, year }) => [name, year]));
    expect(years).toMatchObject({
      'd/1970': 1980,
      'd/1980': 1980,
      'd/2020': 2020,
      'd/2107': 2107,
      'd/2150': 2107,
    });
  });

  test('bears no mode of the disk: nothing in it is executable or set-uid (AR-06)', async () => {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'd'));
    await server.put(server.bob, 'bob/d/a.sh', '#!/bin/sh');
    await chmod(join(server.homeOf('bob'), 'd/a.sh'), 0o6777);
    const { body } = await archiveOf(server, ['storage:d']).buffer().responseType('blob');
    const file = readZip(body).find(({ name }) => name === 'd/a.sh');
    expect((file?.unixMode ?? 0) & 0o7111).toBe(0);
  });
});

describe('names in an archive', () => {
  test('stay inside and distinct, whatever stands in them (AR-02, AR-03)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'd'));
    const names = [
      'x\\..\\..\\evil.txt',
      'x_.._.._evil.txt',
      'a:b.txt',
      'b.txt',
      'A.txt',
      'a.txt',
      '..x',
      'C:',
    ];
    names.push('e\u0301', '\u00e9', '%2e%2e%2fx', '-rf', 'CON', '_omitted.txt');
    for (const name of names) await writeFile(join(home, 'd', name), name);
    const members = await unpack(server, 'storage:d');
    const texts = Object.entries(members).filter(([name]) => !name.endsWith('/'));
    expect(texts.map(([, text]) => text).sort()).toEqual([...names].sort());
    expect(members['d/x_.._.._evil.txt']).toBe('x\\..\\..\\evil.txt');
    expect(members['d/x_.._.._evil (2).txt']).toBe('x_.._.._evil.txt');
  });

  test('at the top stay safe and distinct when several items have one name (AR-03)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    for (const folder of ['one', 'two']) {
      await mkdir(join(home, folder, 'same'), { recursive: true });
      await writeFile(join(home, folder, 'same/file.txt'), folder);
      await writeFile(join(home, folder, 'report.pdf'), folder);
    }
    await writeFile(join(home, 'C:evil'), 'colon');
    await writeFile(join(home, '\\evil'), 'backslash');
    const uris = ['one/same', 'two/same', 'one/report.pdf', 'two/report.pdf', 'C:evil', '%5Cevil'];
    expect(await unpack(server, ...uris.map((path) => `storage:${path}`))).toEqual({
      'same/': '',
      'same/file.txt': 'one',
      'same (2)/': '',
      'same (2)/file.txt': 'two',
      'report.pdf': 'one',
      'report (2).pdf': 'two',
      C_evil: 'colon',
      _evil: 'backslash',
    });
  });

  test('of what lies in a folder follow that folder when it had to be renamed (AR-03)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'd/a_b'), { recursive: true });
    await mkdir(join(home, 'd/c\\d'), { recursive: true });
    await mkdir(join(home, 'd/c_d'), { recursive: true });
    await writeFile(join(home, 'd/a\\b'), 'file');
    await writeFile(join(home, 'd/a_b/inner.txt'), 'inner');
    await writeFile(join(home, 'd/c\\d/inner.txt'), 'backslash');
    await writeFile(join(home, 'd/c_d/inner.txt'), 'underscore');
    const members = await unpack(server, 'storage:d');
    expect(members).toMatchObject({ 'd/a_b': 'file', 'd/a_b (2)/inner.txt': 'inner' });
    expect(members).toMatchObject({ 'd/c_d/inner.txt': 'backslash', 'd/c_d (2)/inner.txt': 'underscore' });
  });
});

describe('what cannot go into an archive', () => {
  test('such as a symbolic link is not followed, and a note says how many were left out (AR-06)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await server.put(server.alice, 'alice/secret.txt', 'CANARY');
    await mkdir(join(home, 'd/sub'), { recursive: true });
    await symlink(join(server.homeOf('alice'), 'secret.txt'), join(home, 'd/link.txt'));
    await symlink(server.homeOf('alice'), join(home, 'd/sub/folder'));
    await symlink('/etc', join(home, 'd/sub/etc'));
    await writeFile(join(home, 'd/a.txt'), 'A');
    const members = await unpack(server, 'storage:d');
    expect(Object.keys(members)).toEqual(['d/', 'd/a.txt', 'd/sub/', '_omitted.txt']);
    expect(members['_omitted.txt']).toContain('d/: 1\nd/sub/: 2\n');
    expect(JSON.stringify(members)).not.toContain('CANARY');
    await archiveOf(server, ['storage:d/link.txt']).expect(404);
  });
});

describe('a member that changes on the way', () => {
  async function begun() {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'd'));
    await writeFile(join(home, 'd/1.bin'), '');
    // Long enough that the second member is not read before the client takes the first.
    await truncate(join(home, 'd/1.bin'), 64 * 1024 * 1024);
    await writeFile(join(home, 'd/2.txt'), 'second');
    return { server, home, response: await startArchive(server, 'storage:d') };
  }

  const changes: Record<string, (path: string, server: TestServer) => Promise<unknown>> = {
    'is removed': (path) => rm(path),
    'becomes longer': (path) => appendFile(path, ' and more'),
    'becomes shorter': (path) => truncate(path, 1),
    'becomes a symbolic link': async (path) => {
      await rm(path);
      await symlink('/etc/hostname', path);
    },
    'becomes a folder': async (path) => {
      await rm(path);
      await mkdir(path);
    },
  };
  for (const [how, change] of Object.entries(changes)) {
    test(`because it ${how} cuts the archive short (AR-04)`, async () => {
      const { server, home, response } = await begun();
      await change(join(home, 'd/2.txt'), server);
      await expect(drain(response)).rejects.toThrow('aborted');
      expect(response.complete).toBe(false);
    });
  }

  /** The second of three files fails after a few bytes. */
  async function failing(bytesPerFile: number) {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'd'));
    for (const name of ['1', '2', '3'])
      await server.put(server.bob, `bob/d/${name}`, name.repeat(bytesPerFile));
    const { files } = server.services;
    const openFile = files.open.bind(files);
    vi.spyOn(files, 'open').mockImplementation(async (actor, path) => {
      const file = await openFile(actor, path);
      if (!path.endsWith('2')) return file;
      return {
        entry: file.entry,
        close: () => file.close(),
        bytes: async function* () {
          yield Buffer.alloc(10);
          throw new AppError('unavailable', 'The storage does not answer.');
        },
      };
    });
    return server;
  }

  test('because it cannot be read cuts the archive short, and no file stays open (AR-09)', async () => {
    const server = await failing(1_000_000);
    const before = (await readdir('/proc/self/fd')).length;
    const response = await startArchive(server, 'storage:d');
    await expect(drain(response)).rejects.toThrow('aborted');
    await waitUntil('no file is open', async () => (await readdir('/proc/self/fd')).length <= before);
  });

  test('before anything was sent is a plain error (AR-09)', async () => {
    const server = await failing(10);
    const { headers, body } = await archiveOf(server, ['storage:d']).expect(503);
    expect(headers['content-disposition']).toBeUndefined();
    expect(body.error.code).toBe('unavailable');
  });
});

describe('a client that goes away', () => {
  test('stops the work at once, and leaves no file open (AR-08)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'd'));
    for (let index = 0; index < 20; index += 1) {
      await writeFile(join(home, 'd', `${index}.bin`), '');
      await truncate(join(home, 'd', `${index}.bin`), 5e9);
    }
    const opened = vi.spyOn(server.services.files, 'open');
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let count = 0; count < 5; count += 1) {
      const connection = new RawConnection(server.origin);
      connection.send(requestHead('GET', '/api/v1/archive?item=storage:d', usual(server.origin, server.bob)));
      await connection.until('PK');
      connection.socket.destroy();
    }
    await waitUntil('no file is open any more', async () => (await openFiles()) <= before, 2000);
    expect(opened).toHaveBeenCalledTimes(5);
  });

  test('while the archive is still planned ends the planning (AR-08)', async () => {
    const server = await startTestServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'd'));
    await server.put(server.bob, 'bob/d/a.txt', 'A');
    const { files } = server.services;
    const walk = files.walk.bind(files);
    let ended = false;
    vi.spyOn(files, 'walk').mockImplementation(async function* (actor, path, signal) {
      try {
        for (;;) {
          signal?.throwIfAborted();
          yield* walk(actor, path, signal);
          await new Promise(setImmediate);
        }
      } finally {
        ended = true;
      }
    });
    const connection = new RawConnection(server.origin);
    connection.send(requestHead('GET', '/api/v1/archive?item=storage:d', usual(server.origin, server.bob)));
    await waitUntil('planning has begun', () => vi.mocked(files.walk).mock.calls.length > 0);
    connection.socket.destroy();
    await waitUntil('planning has ended', () => ended, 2000);
  });
});

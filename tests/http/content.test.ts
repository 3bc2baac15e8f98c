import { once } from 'node:events';
import { open, readdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const text = 'abcdefghijklmnopqrstuvwxyz';

async function serverWithFile() {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', text);
  const content = (path = 'bob/a.txt') => server.as(server.bob).get(`/api/v1/content/${path}`);
  const head = (path = 'bob/a.txt') => server.as(server.bob).head(`/api/v1/content/${path}`);
  return { server, content, head };
}

/** A download whose bytes wait until the test asks for them. */
async function startDownload(server: TestServer, path: string): Promise<IncomingMessage> {
  const request = get(`${server.origin}/api/v1/content/${path}`, {
    headers: { Authorization: `Bearer ${server.bob.token}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

describe('HEAD', () => {
  test('answers the headers of GET and no body (HT-06)', async () => {
    const { content, head } = await serverWithFile();
    for (const query of ['', '?inline=1']) {
      const [got, headed] = [await content(`bob/a.txt${query}`), await head(`bob/a.txt${query}`)];
      const volatile = { date: undefined, 'keep-alive': undefined, connection: undefined };
      expect({ ...headed.headers, ...volatile }).toEqual({ ...got.headers, ...volatile });
      expect(headed.status).toBe(200);
      expect(headed.headers['content-length']).toBe('26');
      expect(headed.text).toBeFalsy();
    }
  });

  test('takes no notice of a Range (HT-06)', async () => {
    const { head } = await serverWithFile();
    const { status, headers } = await head().set('Range', 'bytes=0-3');
    expect(status).toBe(200);
    expect(headers['content-length']).toBe('26');
    expect(headers['content-range']).toBeUndefined();
  });
});

describe('a Range', () => {
  test('is answered with exactly those bytes (HT-01)', async () => {
    const { content } = await serverWithFile();
    const ranges: Record<string, [number, number]> = {
      'bytes=0-0': [0, 0],
      'bytes=5-9': [5, 9],
      'bytes=20-': [20, 25],
      'bytes=25-25': [25, 25],
      'bytes=25-': [25, 25],
      'bytes=-1': [25, 25],
      'bytes=-26': [0, 25],
      'bytes=-1000': [0, 25],
      'bytes=0-1000': [0, 25],
      'bytes=3-9223372036854775807': [3, 25],
    };
    for (const [range, [start, end]] of Object.entries(ranges)) {
      const response = await content().set('Range', range);
      expect(response.status, range).toBe(206);
      expect(response.headers['content-range'], range).toBe(`bytes ${start}-${end}/26`);
      expect(response.headers['content-length'], range).toBe(String(end - start + 1));
      expect(response.text, range).toBe(text.slice(start, end + 1));
    }
  });

  test('that lies outside of the file is 416 and says how long the file is (HT-01)', async () => {
    const { server, content } = await serverWithFile();
    await server.put(server.bob, 'bob/empty.txt', '');
    for (const range of ['bytes=26-', 'bytes=26-30', 'bytes=-0', 'bytes=9223372036854775808-']) {
      const { status, headers, body } = await content().set('Range', range);
      expect(status, range).toBe(416);
      expect(headers['content-range'], range).toBe('bytes */26');
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(headers['content-disposition']).toBeUndefined();
      expect(body.error.code).toBe('range_invalid');
    }
    const empty = await content('bob/empty.txt').set('Range', 'bytes=0-');
    expect([empty.status, empty.headers['content-range']]).toEqual([416, 'bytes */0']);
  });

  test('that makes no sense, or asks for several parts, is answered with the whole or refused (HT-01)', async () => {
    const { content } = await serverWithFile();
    const ranges = [
      'bytes=5-2',
      'bytes=',
      'bytes=-',
      'bytes=a-b',
      'bytes=0x1-0x2',
      'bytes=1.5-2',
      'bytes=--1',
      'bytes=0-0,2-2',
      `bytes=${Array.from({ length: 1300 }, (_, index) => `${index}-${index}`).join(',')}`,
      'lines=0-1',
      'bytes 0-1',
      'Bytes=0-0x',
      '0-1',
    ];
    for (const range of ranges) {
      const response = await content().set('Range', range);
      expect([200, 416], range).toContain(response.status);
      if (response.status === 200) expect(response.text, range).toBe(text);
    }
  });

  test('of a huge sparse file is exact beyond 2^32 and at 2^40 (HT-13)', async () => {
    const { server, content, head } = await serverWithFile();
    const path = join(server.homeOf('bob'), 'huge.bin');
    await writeFile(path, '');
    const file = await open(path, 'r+');
    for (const position of [2 ** 32, 2 ** 40]) await file.write(`at ${position}!`, position);
    await file.close();
    const size = 2 ** 40 + 'at 1099511627776!'.length;
    expect((await head('bob/huge.bin')).headers['content-length']).toBe(String(size));
    for (const position of [2 ** 32, 2 ** 40]) {
      const wanted = `at ${position}!`;
      const end = position + wanted.length - 1;
      const response = await content('bob/huge.bin').set('Range', `bytes=${position}-${end}`).buffer();
      expect(response.status).toBe(206);
      expect(response.headers['content-range']).toBe(`bytes ${position}-${end}/${size}`);
      expect(response.body.toString()).toBe(wanted);
    }
    const last = await content('bob/huge.bin').set('Range', 'bytes=-1').buffer();
    expect(last.body.toString()).toBe('!');
  });

  test('with If-Range goes on with the same version and gives the whole of another (HT-01)', async () => {
    const { content, head } = await serverWithFile();
    const { headers } = await head();
    const etag = headers.etag as string;
    const resume = async (ifRange: string) =>
      (await content().set('Range', 'bytes=20-').set('If-Range', ifRange)).status;
    expect(await resume(etag)).toBe(206);
    for (const other of [`W/${etag}`, '"other"', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      expect(await resume(other), other).toBe(200);
    }
  });

  test('with a date in If-Range never joins two versions that bear the same date (HT-05)', async () => {
    const { server, content, head } = await serverWithFile();
    const date = new Date('2020-01-01T00:00:00Z');
    const path = join(server.homeOf('bob'), 'a.txt');
    await utimes(path, date, date);
    const { headers } = await head();
    await server.put(server.bob, 'bob/a.txt', text.toUpperCase());
    await utimes(path, date, date);
    const resumed = await content()
      .set('Range', 'bytes=20-')
      .set('If-Range', headers['last-modified'] as string);
    expect(resumed.status).toBe(200);
    expect(resumed.text).toBe(text.toUpperCase());
  });
});

describe('a conditional request', () => {
  test('is 304 without content headers for whoever has the file already (HT-08)', async () => {
    const { content, head } = await serverWithFile();
    const { etag, 'last-modified': date } = (await head()).headers as Record<string, string>;
    const conditions: [string, string][] = [
      ['If-None-Match', etag as string],
      ['If-None-Match', `W/${etag}`],
      ['If-None-Match', `"x", ${etag}`],
      ['If-None-Match', '*'],
      ['If-Modified-Since', date as string],
    ];
    for (const [name, value] of conditions) {
      const { status, headers, text: body } = await content().set(name, value);
      expect(status, `${name}: ${value}`).toBe(304);
      expect(headers.etag).toBe(etag);
      expect(body).toBe('');
      for (const leak of ['content-length', 'content-range', 'content-disposition', 'content-type']) {
        expect(headers[leak], leak).toBeUndefined();
      }
    }
  });

  test('is answered in full, or with 412, when the file has changed (HT-08)', async () => {
    const { content } = await serverWithFile();
    const past = 'Thu, 01 Jan 1970 00:00:00 GMT';
    await content().set('If-None-Match', '"x"').expect(200);
    await content().set('If-Modified-Since', past).expect(200);
    await content().set('If-Modified-Since', 'no date').expect(200);
    await content().set('If-Match', '"x"').expect(412);
    await content().set('If-Unmodified-Since', past).expect(412);
    // If-None-Match goes before the date (RFC 9110 13.2.2).
    const now = new Date().toUTCString();
    await content().set('If-None-Match', '"x"').set('If-Modified-Since', now).expect(200);
  });

  test('is refused, not 304, once the right to read is gone (HT-08)', async () => {
    const { server } = await serverWithFile();
    await server.put(server.alice, 'alice/a.txt', 'hers');
    const grant = { uri: 'storage:a.txt', grantee: 'user:bob', level: 'read' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    const ask = () => server.as(server.bob).get('/api/v1/content/alice/a.txt');
    const etag = (await ask().expect(200)).headers.etag as string;
    await ask().set('If-None-Match', etag).expect(304);
    await server.as(server.alice).delete('/api/v1/grants?uri=storage:a.txt&grantee=user:bob').expect(204);
    const refused = await ask().set('If-None-Match', etag).expect(404);
    expect(refused.headers.etag).toBeUndefined();
    await ask().set('Range', 'bytes=0-1').expect(404);
  });
});

describe('the etag', () => {
  test('changes with a change of the same size at the same date (HT-05)', async () => {
    const { server, head } = await serverWithFile();
    const path = join(server.homeOf('bob'), 'a.txt');
    const date = new Date('2020-01-01T00:00:00Z');
    const etags = new Set<string>();
    for (const letter of 'abcde') {
      await writeFile(path, letter.repeat(26));
      await utimes(path, date, date);
      etags.add((await head()).headers.etag as string);
    }
    expect(etags.size).toBe(5);
    for (const etag of etags) expect(etag).toMatch(/^"[\w-]+"$/);
  });

  test('is the same after a restart, and in another process on the same data (HT-05)', async () => {
    const { server, head } = await serverWithFile();
    const before = (await head()).headers.etag;
    const other = await startServerOn(server.dataFolder);
    const after = (await other.as(other.bob).head('/api/v1/content/bob/a.txt')).headers.etag;
    await other.close();
    expect(after).toBe(before);
  });

  test('is the same in the listing, after storing and with the bytes (HT-05)', async () => {
    const { server, head } = await serverWithFile();
    const put = await server.as(server.bob).put('/api/v1/content/bob/a.txt').send('x');
    const listed = await server.as(server.bob).get('/api/v1/entries/bob');
    expect(listed.body.children.items[0].etag).toBe(put.body.etag);
    expect((await head()).headers.etag).toBe(`"${put.body.etag}"`);
  });
});

describe('a file that changes while it is read', () => {
  const bytes = 16 * 1024 * 1024;

  test('is read whole in its old version when it is replaced (CC-01)', async () => {
    const { server } = await serverWithFile();
    await server.put(server.bob, 'bob/big.bin', Buffer.alloc(bytes, 'a'));
    const download = await startDownload(server, 'bob/big.bin');
    await server.put(server.bob, 'bob/big.bin', Buffer.alloc(bytes, 'b'));
    const received = Buffer.concat((await download.toArray()) as Buffer[]);
    expect(download.complete).toBe(true);
    expect(received.equals(Buffer.alloc(bytes, 'a'))).toBe(true);
  });

  test('is read to its end when it is deleted meanwhile (CC-05)', async () => {
    const { server } = await serverWithFile();
    await server.put(server.bob, 'bob/big.bin', Buffer.alloc(bytes, 'a'));
    const download = await startDownload(server, 'bob/big.bin');
    await server.as(server.bob).delete('/api/v1/entries/bob/big.bin').expect(204);
    let received = 0;
    for await (const chunk of download) received += (chunk as Buffer).length;
    expect(received).toBe(bytes);
  });

  test('cuts the connection when it becomes shorter (HT-12)', async () => {
    const { server } = await serverWithFile();
    await server.put(server.bob, 'bob/big.bin', Buffer.alloc(bytes, 'a'));
    const download = await startDownload(server, 'bob/big.bin');
    await truncate(join(server.homeOf('bob'), 'big.bin'), 1024);
    await expect(download.toArray()).rejects.toThrow('aborted');
    expect(download.complete).toBe(false);
    await waitUntil('the failure is logged', () =>
      server.logLines.some((line) => line.includes('request failed')),
    );
  });

  test('leaves no file open when the client goes away (HT-12)', async () => {
    const { server } = await serverWithFile();
    await server.put(server.bob, 'bob/big.bin', Buffer.alloc(bytes, 'a'));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let count = 0; count < 5; count += 1) {
      const connection = new RawConnection(server.origin);
      connection.send(requestHead('GET', '/api/v1/content/bob/big.bin', usual(server.origin, server.bob)));
      await connection.until('\r\n\r\n');
      connection.socket.destroy();
    }
    await waitUntil('no file is open any more', async () => (await openFiles()) <= before);
  });
});

describe('an answer without bytes', () => {
  test('leaves no file open, be it HEAD, 304, 412 or 416 (HT-06)', async () => {
    const { content, head } = await serverWithFile();
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const ask = async () => {
      await head().expect(200);
      await content().set('If-None-Match', '*').expect(304);
      await content().set('If-Match', '"x"').expect(412);
      await content().set('Range', 'bytes=99-').expect(416);
    };
    await ask();
    const before = await openFiles();
    for (let round = 0; round < 5; round += 1) await ask();
    await waitUntil('no file is open any more', async () => (await openFiles()) <= before);
  });
});

describe('files as they are', () => {
  test('are never compressed on the way (HT-11)', async () => {
    const { server, content } = await serverWithFile();
    await server.put(server.bob, 'bob/long.txt', 'x'.repeat(100_000));
    const whole = await content('bob/long.txt').set('Accept-Encoding', 'gzip, br');
    expect(whole.headers['content-encoding']).toBeUndefined();
    expect(whole.headers['content-length']).toBe('100000');
    const part = await content('bob/long.txt').set('Accept-Encoding', 'gzip').set('Range', 'bytes=0-9');
    expect(part.headers['content-encoding']).toBeUndefined();
    expect(part.headers['content-length']).toBe('10');
  });

  test('of no bytes have a length of zero, and a folder has no bytes (HT-13)', async () => {
    const { server, content } = await serverWithFile();
    await server.put(server.bob, 'bob/empty.txt', '');
    const { headers, status } = await content('bob/empty.txt');
    expect([status, headers['content-length']]).toEqual([200, '0']);
    await server.as(server.bob).put('/api/v1/directories/bob/d').expect(201);
    const refused = await content('bob/d');
    expect([400, 404, 409]).toContain(refused.status);
    await content('bob/a.txt/').expect(404);
    await content('bob/a.txt/x').expect(404);
  });
});

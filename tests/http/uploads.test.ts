import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const contentPath = '/api/v1/content/bob/a.txt';

async function filesOf(server: TestServer, folder = ''): Promise<string[]> {
  return (await readdir(join(server.homeOf('bob'), folder)).catch(() => [])).filter(
    (name) => name !== '.drey',
  );
}

/** What waits in the hidden folder under a temporary name. */
async function temporaryFiles(server: TestServer): Promise<string[]> {
  return readdir(join(server.homeOf('bob'), '.drey', 'temporary')).catch(() => []);
}

function put(server: TestServer, path: string, text: string | Buffer) {
  return server.as(server.bob).put(`/api/v1/content/${path}`).set('Content-Type', 'text/plain').send(text);
}

describe('a body that is not what it says', () => {
  test('leaves nothing under the final name when it breaks off at any point (UP-02)', async () => {
    const server = await startTestServer();
    const body = Buffer.alloc(200_000, 'x');
    for (const share of [0, 1, 100_000, 199_999]) {
      const connection = new RawConnection(server.origin);
      const head = requestHead('PUT', contentPath, [
        ...usual(server.origin, server.bob),
        ['Content-Length', String(body.length)],
      ]);
      connection.send(head, body.subarray(0, share));
      await waitUntil('the upload has begun', async () => (await temporaryFiles(server)).length === 1);
      connection.socket.destroy();
      await waitUntil('its remains are gone', async () => (await temporaryFiles(server)).length === 0);
      expect(await filesOf(server)).toEqual([]);
    }
    await server.as(server.bob).get('/api/v1/content/bob/a.txt').expect(404);
  });

  test('that ends in the middle of its chunks leaves nothing, nor does one without the last chunk (UP-02)', async () => {
    const server = await startTestServer();
    for (const part of ['5\r\nhel', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\n']) {
      const connection = new RawConnection(server.origin);
      connection.send(
        requestHead('PUT', contentPath, [
          ...usual(server.origin, server.bob),
          ['Transfer-Encoding', 'chunked'],
        ]),
        part,
      );
      await waitUntil('the upload has begun', async () => (await temporaryFiles(server)).length === 1);
      connection.socket.end();
      await connection.closed();
      await waitUntil('its remains are gone', async () => (await temporaryFiles(server)).length === 0);
      expect(await filesOf(server)).toEqual([]);
    }
  });

  test('many uploads that break off leave no open file behind (UP-02)', async () => {
    const server = await startTestServer();
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    await put(server, 'bob/warm.txt', 'warm');
    const before = await openFiles();
    const connections = Array.from({ length: 50 }, (_, index) => {
      const head = requestHead('PUT', `/api/v1/content/bob/${index}.bin`, [
        ...usual(server.origin, server.bob),
        ['Content-Length', '1000'],
      ]);
      return new RawConnection(server.origin).send(head, Buffer.alloc(500));
    });
    await waitUntil('all have begun', async () => (await temporaryFiles(server)).length === 50);
    for (const { socket } of connections) socket.destroy();
    await waitUntil('no file is open any more', async () => (await openFiles()) <= before);
    expect(await filesOf(server)).toEqual(['warm.txt']);
    expect(await temporaryFiles(server)).toEqual([]);
  });

  test('is refused before it is read when its framing can be understood in two ways (UP-01)', async () => {
    const server = await startTestServer();
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const framings: [string, string][][] = [
      [
        ['Content-Length', '5'],
        ['Content-Length', '6'],
      ],
      [
        ['Content-Length', '5'],
        ['Transfer-Encoding', 'chunked'],
      ],
      [['Content-Length', '+5']],
      [['Content-Length', '5, 6']],
      [['Content-Length', '-1']],
      [['Transfer-Encoding', 'chunked, identity']],
      [['Transfer-Encoding', 'xchunked']],
    ];
    for (const framing of framings) {
      const connection = new RawConnection(server.origin);
      connection.send(
        requestHead('PUT', contentPath, [...usual(server.origin, server.bob), ...framing]),
        'hello',
        smuggled,
      );
      await connection.closed();
      expect(connection.statuses, JSON.stringify(framing)).toEqual([400]);
    }
    expect(await filesOf(server)).toEqual([]);
  });

  test('is refused when a chunk size is none, and the connection is not used again (UP-01)', async () => {
    const server = await startTestServer();
    for (const chunk of [
      'xyz\r\nhello\r\n',
      '-5\r\nhello\r\n',
      '5\r\nhello world',
      'fffffffffffffffff\r\nhello\r\n',
    ]) {
      const connection = new RawConnection(server.origin);
      connection.send(
        requestHead('PUT', contentPath, [
          ...usual(server.origin, server.bob),
          ['Transfer-Encoding', 'chunked'],
        ]),
        chunk,
        requestHead('GET', '/healthz', usual(server.origin)),
      );
      await connection.closed();
      expect(connection.statuses, chunk).not.toContain(200);
      expect(connection.statuses, chunk).not.toContain(201);
      await waitUntil('its remains are gone', async () => (await temporaryFiles(server)).length === 0);
      expect(await filesOf(server)).toEqual([]);
    }
  });

  test('is refused when it does not say where it ends (UP-01)', async () => {
    const server = await startTestServer();
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('PUT', contentPath, [...usual(server.origin, server.bob), ['Connection', 'close']]),
    );
    await connection.closed();
    expect(connection.statuses).toEqual([400]);
    expect(await filesOf(server)).toEqual([]);
  });

  test('that is longer than its length is cut there, and what follows is no request of ours (UP-01)', async () => {
    const server = await startTestServer();
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('PUT', contentPath, [...usual(server.origin, server.bob), ['Content-Length', '5']]),
      'hello',
    );
    await connection.until('"a.txt"');
    connection.send(' and more');
    await connection.closed();
    expect(connection.statuses).toEqual([201, 400]);
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('hello');
  });
});

describe('a client that waits to be asked for the body', () => {
  test('is refused without 100 Continue when it is not signed in, may not write, or there is no room (UP-12)', async () => {
    const server = await startTestServer({ DREY_FREE_RESERVE: '8000T' });
    const refusals = [
      { user: undefined, path: contentPath, status: 401 },
      { user: server.alice, path: contentPath, status: 404 },
      { user: server.bob, path: contentPath, status: 507 },
      { user: server.bob, path: '/api/v1/content/bob/none/a.txt', status: 404 },
    ];
    for (const { user, path, status } of refusals) {
      const connection = new RawConnection(server.origin);
      connection.send(
        requestHead('PUT', path, [
          ...usual(server.origin, user),
          ['Content-Length', '1000000'],
          ['Expect', '100-continue'],
        ]),
      );
      await connection.closed();
      expect(connection.statuses).toEqual([status]);
    }
    expect(await filesOf(server)).toEqual([]);
  });

  test('is told to go on, and its file is stored (UP-12)', async () => {
    const server = await startTestServer();
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('PUT', contentPath, [
        ...usual(server.origin, server.bob),
        ['Content-Length', '5'],
        ['Expect', '100-continue'],
      ]),
    );
    await connection.until('100 Continue');
    connection.send('hello');
    await connection.until('"a.txt"');
    expect(connection.statuses).toEqual([100, 201]);
    connection.socket.destroy();
  });
});

describe('limits', () => {
  test('a file of exactly the largest size is stored, and one byte more is 413 with or without a length (UP-05)', async () => {
    const server = await startTestServer({ DREY_MAX_FILE_SIZE: '1000' });
    await put(server, 'bob/fits.bin', Buffer.alloc(1000)).expect(201);
    const refused = await put(server, 'bob/large.bin', Buffer.alloc(1001)).expect(413);
    expect(refused.body.error.code).toBe('too_large');

    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('PUT', '/api/v1/content/bob/chunked.bin', [
        ...usual(server.origin, server.bob),
        ['Transfer-Encoding', 'chunked'],
      ]),
      `3e9\r\n${'x'.repeat(1001)}\r\n`,
    );
    await connection.until('too_large');
    await connection.closed();
    expect(connection.statuses).toEqual([413]);
    expect(await filesOf(server)).toEqual(['fits.bin']);
    expect(await temporaryFiles(server)).toEqual([]);
  });

  test('a body without a length is refused as well when the space kept free is used up (CR-03)', async () => {
    const server = await startTestServer({ DREY_FREE_RESERVE: '8000T' });
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('PUT', contentPath, [
        ...usual(server.origin, server.bob),
        ['Transfer-Encoding', 'chunked'],
      ]),
      '5\r\nhello\r\n0\r\n\r\n',
    );
    await connection.until('out_of_space');
    expect(connection.statuses).toEqual([507]);
    expect(await filesOf(server)).toEqual([]);
    connection.socket.destroy();
  });

  test('sizes at every border are stored and told exactly (UP-11)', async () => {
    const server = await startTestServer();
    await put(server, 'bob/empty', '').expect(201);
    await put(server, 'bob/one', 'x').expect(201);
    const sizes = { 'two-31': 2 ** 31, 'two-32': 2 ** 32 + 1, 'one-tib': 2 ** 40 };
    for (const [name, size] of Object.entries(sizes)) {
      await writeFile(join(server.homeOf('bob'), name), '');
      await truncate(join(server.homeOf('bob'), name), size);
    }
    const { body } = await server.as(server.bob).get('/api/v1/entries/bob?sort=size').expect(200);
    const listed = body.children.items.map(({ name, size }: { name: string; size: number }) => [name, size]);
    expect(listed).toEqual([['empty', 0], ['one', 1], ...Object.entries(sizes)]);
    const head = await server.as(server.bob).head('/api/v1/content/bob/one-tib').expect(200);
    expect(head.headers['content-length']).toBe(String(2 ** 40));
  });
});

describe('overwriting', () => {
  test('happens without a condition, and not when If-Match is stale, weak, or names nothing (UP-09)', async () => {
    const server = await startTestServer();
    const first = await put(server, 'bob/a.txt', 'first').expect(201);
    const second = await put(server, 'bob/a.txt', 'second').expect(200);
    expect(second.headers.etag).not.toBe(first.headers.etag);

    for (const stale of [first.headers.etag, `W/${second.headers.etag}`, '"nothing"']) {
      await put(server, 'bob/a.txt', 'third')
        .set('If-Match', stale as string)
        .expect(412);
    }
    await put(server, 'bob/a.txt', 'third').set('If-Match', 'no tag').expect(400);
    await put(server, 'bob/new.txt', 'new').set('If-Match', '*').expect(412);
    await put(server, 'bob/new.txt', 'new')
      .set('If-Match', second.headers.etag as string)
      .expect(412);
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('second');

    await put(server, 'bob/a.txt', 'third').set('If-Match', `"x", ${second.headers.etag}`).expect(200);
    await put(server, 'bob/a.txt', 'fourth').set('If-Match', '*').expect(200);
    expect(await filesOf(server)).toEqual(['a.txt']);
  });

  test('is refused by If-None-Match: * with the old bytes intact (UP-09)', async () => {
    const server = await startTestServer();
    await put(server, 'bob/a.txt', 'old').set('If-None-Match', '*').expect(201);
    const refused = await put(server, 'bob/a.txt', 'new').set('If-None-Match', '*').expect(412);
    expect(refused.body.error).toMatchObject({ code: 'precondition_failed', reason: 'exists' });
    await put(server, 'bob/a.txt', 'new').set('If-None-Match', '"x"').expect(400);
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('old');
  });

  test('never puts a file in the place of a folder (UP-09)', async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/d').expect(201);
    await put(server, 'bob/d', 'file').expect(409);
    await put(server, 'bob', 'file').expect(400);
    await put(server, 'bob/d/x/y', 'file').expect(404);
  });

  test('a reader is denied with 403, and a stranger with 404 (UP-09)', async () => {
    const server = await startTestServer();
    await server.put(server.alice, 'alice/a.txt', 'old');
    await put(server, 'alice/a.txt', 'new').expect(404);
    const grant = { uri: 'storage:a.txt', grantee: 'user:bob', level: 'read' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    await put(server, 'alice/a.txt', 'new').expect(403);
    expect(await readFile(join(server.homeOf('alice'), 'a.txt'), 'utf8')).toBe('old');
  });
});

describe('what a client says about a file', () => {
  test('never decides how it is served (UP-13)', async () => {
    const server = await startTestServer();
    const html = '<script>alert(1)</script>';
    for (const type of ['image/png', 'text/html', 'multipart/related; boundary=x', `x/${'y'.repeat(8000)}`]) {
      await server.as(server.bob).put('/api/v1/content/bob/a.bin').set('Content-Type', type).send(html);
      const { headers } = await server.as(server.bob).get('/api/v1/content/bob/a.bin').expect(200);
      expect(headers['content-type']).toBe('application/octet-stream');
      expect(headers['content-disposition']).toMatch(/^attachment/);
    }
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('PUT', contentPath, [...usual(server.origin, server.bob), ['Content-Length', '5']]),
      'hello',
    );
    await connection.until('"a.txt"');
    connection.socket.destroy();
  });

  test('a coded body, or a part of a file, is refused rather than stored wrongly (UP-13)', async () => {
    const server = await startTestServer();
    await put(server, 'bob/a.txt', 'x').set('Content-Encoding', 'gzip').expect(400);
    await put(server, 'bob/a.txt', 'x').set('Content-Range', 'bytes 0-0/5').expect(400);
    expect(await filesOf(server)).toEqual([]);
  });

  test('gives it no mode: files are 0640 and folders 0750 (UP-17)', async () => {
    const server = await startTestServer();
    await put(server, 'bob/a.sh', '#!/bin/sh').set('X-Mode', '4777').expect(201);
    await server.as(server.bob).put('/api/v1/directories/bob/d').expect(201);
    const modeOf = async (name: string) => (await stat(join(server.homeOf('bob'), name))).mode & 0o7777;
    expect((await modeOf('a.sh')).toString(8)).toBe('640');
    expect((await modeOf('d')).toString(8)).toBe('750');
  });
});

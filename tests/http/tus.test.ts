import { mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { TusClient, tusMetadata } from '../support/tus-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const dayMs = 86_400_000;

function textOf(server: TestServer, path: string, user = 'bob'): Promise<string> {
  return readFile(join(server.homeOf(user), path), 'utf8');
}

async function filesOf(server: TestServer, user = 'bob'): Promise<string[]> {
  return (await readdir(server.homeOf(user))).filter((name) => name !== '.drey');
}

function stagedFiles(server: TestServer, user = 'bob'): Promise<string[]> {
  return readdir(join(server.homeOf(user), '.drey', 'staging')).catch(() => []);
}

/** A PATCH that a test writes itself, on a connection that may hang. */
function openPatch(server: TestServer, user: TestUser, location: string, headers: [string, string][]) {
  const head = requestHead('PATCH', location, [
    ...usual(server.origin, user),
    ['Tus-Resumable', '1.0.0'],
    ['Content-Type', 'application/offset+octet-stream'],
    ...headers,
  ]);
  return new RawConnection(server.origin).send(head);
}

async function setUp(settings?: Record<string, string>) {
  const server = await startTestServer(settings);
  return { server, tus: new TusClient(server, server.bob), stranger: new TusClient(server, server.alice) };
}

describe('an upload', () => {
  test('grows from its offset and shows the file only when it is whole (TU-03)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 11 });
    const first = await tus.append(location, 0, 'hello').expect(204);
    expect(first.headers['upload-offset']).toBe('5');
    expect(await filesOf(server)).toEqual([]);

    const head = await tus.head(location).expect(200);
    expect(head.headers).toMatchObject({ 'upload-offset': '5', 'upload-length': '11' });
    expect(head.headers['upload-metadata']).toBe(tusMetadata({ uri: 'storage:a.txt' }));

    const last = await tus.append(location, 5, ' world').expect(204);
    expect(last.headers['upload-offset']).toBe('11');
    expect(last.headers['content-location']).toBe('/api/v1/content/bob/a.txt');
    expect(await textOf(server, 'a.txt')).toBe('hello world');
    expect(await stagedFiles(server)).toEqual([]);
  });

  test('refuses a wrong offset with 409 and stays as it was (TU-03)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    await tus.append(location, 0, '12345').expect(204);
    for (const offset of [0, 4, 6, 10]) await tus.append(location, offset, '67890').expect(409);
    for (const offset of ['-1', '1e1', '5.0', 'x', '']) {
      await tus.append(location, offset as never, '67890').expect(400);
    }
    await tus.append(location, 5, '67890').expect(204);
    expect(await textOf(server, 'a.txt')).toBe('1234567890');
  });

  test('refuses more bytes than were announced with 413, says their length or not, and publishes nothing (TU-03)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    await tus.append(location, 0, 'too long').expect(413);

    const chunked = openPatch(server, server.bob, location, [
      ['Upload-Offset', '0'],
      ['Transfer-Encoding', 'chunked'],
    ]).send('8\r\ntoo long\r\n0\r\n\r\n');
    await chunked.until('\r\n\r\n');
    expect(chunked.statuses).toEqual([413]);
    expect(await filesOf(server)).toEqual([]);

    const { headers } = await tus.head(location).expect(200);
    expect(headers['upload-offset']).toBe('0');
    await tus.append(location, 0, 'right').expect(204);
    expect(await textOf(server, 'a.txt')).toBe('right');
  });

  test('of no bytes is a file as soon as it is created (TU-03)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:empty', size: 0 });
    expect(await textOf(server, 'empty')).toBe('');
    const { headers } = await tus.head(location).expect(200);
    expect(headers).toMatchObject({ 'upload-offset': '0', 'upload-length': '0' });
  });

  test('may bring its bytes with its creation (TU-03)', async () => {
    const { server, tus } = await setUp();
    const created = await tus
      .creation({ uri: 'storage:a.txt', size: 5 })
      .set('Content-Type', 'application/offset+octet-stream')
      .send(Buffer.from('hello'))
      .expect(201);
    expect(created.headers['upload-offset']).toBe('5');
    expect(await textOf(server, 'a.txt')).toBe('hello');
  });

  test('is not begun with a length that is none (TU-02)', async () => {
    const { server, tus } = await setUp();
    const lengths = [
      '-1',
      '1e3',
      String(2n ** 53n + 1n),
      '100000000000000000000',
      '0x10',
      '',
      ' ',
      '5.0',
      '+5',
      '5, 5',
    ];
    for (const size of lengths) {
      const { status } = await tus.creation({ uri: 'storage:a.txt', size });
      expect(status, `Upload-Length: "${size}"`).toBe(400);
    }
    const bare = () => server.as(server.bob).post('/api/v1/uploads').set('Tus-Resumable', '1.0.0');
    const metadata = tusMetadata({ uri: 'storage:a.txt' });
    await bare().set('Upload-Metadata', metadata).expect(400);
    const deferred = await bare().set('Upload-Metadata', metadata).set('Upload-Defer-Length', '1');
    expect(deferred.status).toBe(400);

    const twice = new RawConnection(server.origin).send(
      requestHead('POST', '/api/v1/uploads', [
        ...usual(server.origin, server.bob),
        ['Tus-Resumable', '1.0.0'],
        ['Upload-Metadata', metadata],
        ['Upload-Length', '5'],
        ['Upload-Length', '6'],
        ['Content-Length', '0'],
      ]),
    );
    await twice.until('\r\n\r\n');
    expect(twice.statuses).toEqual([400]);
    twice.socket.destroy();
    expect(await stagedFiles(server)).toEqual([]);
  });

  test('larger than is accepted, or than there is room for, is refused at once (UP-05)', async () => {
    const { server, tus } = await setUp({ DREY_MAX_FILE_SIZE: '1000' });
    await tus.creation({ uri: 'storage:a.txt', size: 1001 }).expect(413);
    await tus.creation({ uri: 'storage:a.txt', size: 1000 }).expect(201);
    expect(await filesOf(server)).toEqual([]);
    const full = await setUp({ DREY_FREE_RESERVE: '8000T' });
    const refused = await full.tus.creation({ uri: 'storage:a.txt', size: 1 }).expect(507);
    expect(refused.body.error.code).toBe('out_of_space');
    expect(await stagedFiles(full.server)).toEqual([]);
  });

  test('keeps the date that its file had, and puts one that cannot be into reason (UP-17)', async () => {
    const { server, tus } = await setUp();
    const dates = {
      '2019-05-06T07:08:09.000Z': '2019-05-06T07:08:09.000Z',
      '+275760-01-01T00:00:00.000Z': '2200-01-01T00:00:00.000Z',
      '-000100-01-01T00:00:00.000Z': '1970-01-01T00:00:00.000Z',
    };
    for (const [modifiedAt, kept] of Object.entries(dates)) {
      await tus.store({ uri: 'storage:a.txt', modifiedAt, onConflict: 'replace' }, 'x');
      const { body } = await server.as(server.bob).get('/api/v1/entries/bob/a.txt');
      expect(body.entry.modifiedAt).toBe(kept);
    }
    await tus.creation({ uri: 'storage:a.txt', size: 1, modifiedAt: 'yesterday' }).expect(400);
  });
});

describe('what an upload says of itself', () => {
  test('leads nowhere but to a path that one may write (TU-11)', async () => {
    const { server, tus } = await setUp();
    const refused = [
      'storage:../alice/x',
      'storage:a/../../alice/x',
      'storage:%2e%2e/alice/x',
      'storage:a%2fb',
      'storage:a%00b',
      'storage:a%0ab',
      'storage:.',
      'storage:',
      'storage:/bob',
      'storage://other/bob/x',
      'a.txt',
      '/etc/passwd',
      `storage:${'x'.repeat(256)}`,
    ];
    for (const uri of refused) {
      const { status } = await tus.creation({ uri, size: 1 });
      expect(status, uri).toBe(400);
    }
    for (const uri of [
      'storage:/alice/x',
      'storage:/nobody/x',
      'storage:.drey/staging/x',
      'storage:none/x',
    ]) {
      const { status } = await tus.creation({ uri, size: 1 });
      expect(status, uri).toBe(404);
    }
    expect(await filesOf(server, 'alice')).toEqual([]);
    expect(await filesOf(server)).toEqual([]);
  });

  test('is refused when it is not well formed, says a thing twice, or is plain huge (TU-11)', async () => {
    const { server, tus } = await setUp();
    const uri = Buffer.from('storage:a.txt').toString('base64');
    const create = (metadata: string) =>
      server
        .as(server.bob)
        .post('/api/v1/uploads')
        .set({ 'Tus-Resumable': '1.0.0', 'Upload-Length': '1', 'Upload-Metadata': metadata });
    const malformed = [
      '',
      'uri',
      'uri ***',
      `uri ${uri} x`,
      `uri ${uri},uri ${uri}`,
      `uri ${uri},`,
      `name ${uri}`,
    ];
    for (const metadata of malformed) {
      const { status } = await create(metadata);
      expect(status, metadata).toBe(400);
    }
    await create(`uri ${uri},onConflict ${Buffer.from('destroy').toString('base64')}`).expect(400);
    await create(`uri ${uri},x ${'A'.repeat(40_000)}`).expect(431);
    await create(Array.from({ length: 1000 }, (_, index) => `k${index}`).join(',')).expect(400);
    for (const key of ['__proto__', 'constructor', 'toString']) {
      expect((await create(`uri ${uri},${key} ${uri}`)).status).toBeLessThan(500);
    }
    // One word more does no harm.
    await tus.creation({ uri: 'storage:a.txt', size: 1 }).expect(201);
  });

  test('other extensions than those announced are refused, none with a 5xx (TU-13)', async () => {
    const { server, tus } = await setUp();
    const other = await tus.create({ uri: 'storage:other.txt', size: 5 });
    for (const concat of ['partial', `final;${other}`, 'final;/api/v1/uploads/../../x', 'nonsense']) {
      const { status } = await tus.creation({ uri: 'storage:a.txt', size: 5 }).set('Upload-Concat', concat);
      expect(status, concat).toBe(400);
    }
    expect(await filesOf(server)).toEqual([]);
  });
});

describe('the protocol', () => {
  test('wants its version in every request, and names its own otherwise (TU-15)', async () => {
    const { server, tus } = await setUp();
    for (const version of [undefined, '2.0.0', '0.2.2', 'x']) {
      const request = server.as(server.bob).post('/api/v1/uploads').set('Upload-Length', '1');
      request.set('Upload-Metadata', tusMetadata({ uri: 'storage:a.txt' }));
      if (version !== undefined) request.set('Tus-Resumable', version);
      const response = await request;
      expect(response.status, String(version)).toBe(412);
      expect(response.headers['tus-version']).toBe('1.0.0');
    }
    const location = await tus.create({ uri: 'storage:a.txt', size: 1 });
    await server.as(server.bob).delete(location).expect(412);
    await tus.head(location).expect(200);
    expect(await stagedFiles(server)).toHaveLength(1);

    const options = await server.as().options('/api/v1/uploads').expect(204);
    expect(options.headers).toMatchObject({ 'tus-version': '1.0.0', 'tus-resumable': '1.0.0' });
    expect(options.headers['tus-extension']).toBe(
      'creation,creation-with-upload,termination,expiration,checksum,checksum-trailer',
    );
  });

  test('gives an address without a host, whatever host was asked (TU-09)', async () => {
    const { tus } = await setUp();
    const { headers } = await tus
      .creation({ uri: 'storage:a.txt', size: 1 })
      .set('Host', 'evil.example')
      .set('X-Forwarded-Host', 'evil.example')
      .set('X-Forwarded-Proto', 'https')
      .set('Forwarded', 'host=evil.example;proto=https')
      .expect(201);
    expect(headers.location).toMatch(/^\/api\/v1\/uploads\/[\w-]+$/);
  });

  test('greets no other origin, neither before nor after (TU-10)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 1 });
    const evil = 'https://evil.example';
    const answers = [
      await server
        .as()
        .options('/api/v1/uploads')
        .set('Origin', evil)
        .set('Access-Control-Request-Method', 'POST'),
      await server.as().options(location).set('Origin', evil).set('Access-Control-Request-Method', 'PATCH'),
      await tus.creation({ uri: 'storage:b.txt', size: 1 }).set('Origin', evil),
      await tus.head(location).set('Origin', evil),
      await tus.head(location).set('Origin', 'null'),
      await tus.append(location, 7, 'x').set('Origin', evil),
      await tus.append(location, 0, 'x').set('Origin', evil),
    ];
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test('takes a request for what its method says, whatever a header says (TU-08)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    await tus.head(location).set('X-HTTP-Method-Override', 'DELETE').expect(200);
    await tus.creation({ uri: 'storage:b.txt', size: 5 }).set('X-HTTP-Method-Override', 'DELETE').expect(201);
    const get = server.as(server.bob).get(location).set('Tus-Resumable', '1.0.0');
    expect((await get.set('X-HTTP-Method-Override', 'DELETE')).status).toBe(405);
    await tus.head(location).expect(200);
  });

  test('lets no cache keep how far an upload has come (TU-20)', async () => {
    const { tus } = await setUp();
    const { headers } = await tus.head(await tus.create({ uri: 'storage:a.txt', size: 5 }));
    expect(headers['cache-control']).toContain('no-store');
  });

  test('wants its own content type for bytes (TU-03)', async () => {
    const { tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    for (const type of ['text/plain', 'application/octet-stream']) {
      const { status } = await tus.append(location, 0, 'hello').set('Content-Type', type);
      expect([400, 415]).toContain(status);
    }
    expect((await tus.head(location)).headers['upload-offset']).toBe('0');
  });
});

describe("someone else's upload", () => {
  test('does not exist for another user, nor for nobody, nor for an administrator (TU-05)', async () => {
    const { server, tus, stranger } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    await tus.append(location, 0, '12345').expect(204);
    const unknown = location.replace(/[\w-]+$/, 'a'.repeat(22));
    for (const address of [location, unknown]) {
      await stranger.head(address).expect(404);
      const append = await stranger.append(address, 5, '67890').expect(404);
      const end = await stranger.giveUp(address).expect(404);
      expect([append.text, end.text]).toEqual([append.text, append.text]);
    }
    const nobody = new TusClient(server);
    await nobody.head(location).expect(401);
    await nobody.append(location, 5, '67890').expect(401);
    await nobody.giveUp(location).expect(401);
    await tus.append(location, 5, '67890').expect(204);
    expect(await textOf(server, 'a.txt')).toBe('1234567890');
  });

  test('cannot be reached through odd identifiers (TU-05)', async () => {
    const { server, tus } = await setUp();
    await tus.create({ uri: 'storage:a.txt', size: 10 });
    for (const id of [
      '..',
      '%2e%2e',
      '%2e%2e%2fx',
      '%00',
      'uploads',
      "' OR 1=1 --",
      '*',
      '%',
      'x'.repeat(3000),
    ]) {
      const { status } = await server
        .as(server.bob)
        .delete(`/api/v1/uploads/${id}`)
        .set('Tus-Resumable', '1.0.0');
      expect([400, 404, 405], id).toContain(status);
    }
    expect(await stagedFiles(server)).toHaveLength(1);
  });
});

describe('giving up', () => {
  test('removes what was gathered, and a finished file stays (TU-06)', async () => {
    const { server, tus } = await setUp();
    const partial = await tus.create({ uri: 'storage:partial.txt', size: 10 });
    await tus.append(partial, 0, '12345').expect(204);
    await tus.giveUp(partial).expect(204);
    await tus.head(partial).expect(404);
    expect(await stagedFiles(server)).toEqual([]);

    const whole = await tus.store({ uri: 'storage:whole.txt' }, 'hello');
    await tus.giveUp(whole).expect(204);
    await tus.head(whole).expect(404);
    expect(await textOf(server, 'whole.txt')).toBe('hello');
  });
});

describe('the end of an upload', () => {
  test('is refused when the right to write is gone by then, and comes when it is back (TU-07, AZ-04)', async () => {
    const { server, tus } = await setUp();
    await mkdir(join(server.homeOf('alice'), 'd'));
    const grant = { uri: 'storage:d', grantee: 'user:bob', level: 'write' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    const location = await tus.create({ uri: 'storage:/alice/d/a.txt', size: 5 });
    await tus.append(location, 0, 'hell').expect(204);
    await server.as(server.alice).delete('/api/v1/grants?uri=storage:d&grantee=user:bob').expect(204);

    await tus.append(location, 4, 'o').expect(404);
    await tus.head(location).expect(404);
    expect(await readdir(join(server.homeOf('alice'), 'd'))).toEqual([]);

    await server
      .as(server.alice)
      .post('/api/v1/grants')
      .send({ ...grant, level: 'read' })
      .expect(201);
    await tus.head(location).expect(403);
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    await tus.head(location).expect(200);
    await tus.append(location, 4, 'o').expect(204);
    expect(await readFile(join(server.homeOf('alice'), 'd/a.txt'), 'utf8')).toBe('hello');
  });

  test('is refused when the folder is gone, or a symbolic link stands in its place (TU-07)', async () => {
    const { server, tus } = await setUp();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'gone'));
    await mkdir(join(home, 'link'));
    const gone = await tus.create({ uri: 'storage:gone/a.txt', size: 5 });
    const link = await tus.create({ uri: 'storage:link/a.txt', size: 5 });
    await rm(join(home, 'gone'), { recursive: true });
    await rename(join(home, 'link'), join(home, 'was'));
    await symlink(server.homeOf('alice'), join(home, 'link'));

    await tus.append(gone, 0, 'hello').expect(404);
    await tus.append(link, 0, 'hello').expect(404);
    expect(await filesOf(server, 'alice')).toEqual([]);
    await rm(join(home, 'link'));
    await rename(join(home, 'was'), join(home, 'link'));
    await tus.head(link).expect(200);
    expect(await textOf(server, 'link/a.txt')).toBe('hello');
  });

  test('is 412 when the name was taken meanwhile, and the other file stays as it is (TU-07)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5 });
    await server.put(server.bob, 'bob/a.txt', 'other');
    const refused = await tus.append(location, 0, 'hello').expect(412);
    expect(refused.body.error).toMatchObject({ code: 'precondition_failed', reason: 'exists' });
    await tus.head(location).expect(412);
    expect(await textOf(server, 'a.txt')).toBe('other');
    await tus.creation({ uri: 'storage:a.txt', size: 5 }).expect(412);
  });

  test('with ifMatch is 412 when the file was replaced meanwhile, and leaves that one', async () => {
    const { server, tus } = await setUp();
    await server.put(server.bob, 'bob/a.txt', 'first');
    const { body } = await server.as(server.bob).get('/api/v1/entries/bob/a.txt').expect(200);
    const wish = { uri: 'storage:a.txt', size: 5, ifMatch: body.entry.etag };
    const [inTime, late] = [await tus.create(wish), await tus.create(wish)];
    await tus.append(inTime, 0, 'hello').expect(204);
    await tus.append(late, 0, 'later').expect(412);
    expect(await textOf(server, 'a.txt')).toBe('hello');
  });

  test('takes a free name or the place of the old file, as was asked (TU-07)', async () => {
    const { server, tus } = await setUp();
    await server.put(server.bob, 'bob/a.tar.gz', 'old');
    await server.put(server.bob, 'bob/b.txt', 'old');
    const kept = await tus.create({ uri: 'storage:a.tar.gz', size: 3, onConflict: 'rename' });
    const { headers } = await tus.append(kept, 0, 'new').expect(204);
    expect(headers['content-location']).toBe('/api/v1/content/bob/a%20(2).tar.gz');
    await tus.store({ uri: 'storage:b.txt', onConflict: 'replace' }, 'new');
    expect((await filesOf(server)).sort()).toEqual(['a (2).tar.gz', 'a.tar.gz', 'b.txt']);
    expect(await textOf(server, 'a.tar.gz')).toBe('old');
    expect(await textOf(server, 'b.txt')).toBe('new');
  });

  test('comes in the folder that it was meant for, wherever that has been moved (TU-07)', async () => {
    const { server, tus } = await setUp();
    await mkdir(join(server.homeOf('bob'), 'old'));
    const location = await tus.create({ uri: 'storage:old/a.txt', size: 5 });
    const move = { from: ['storage:old'], to: 'storage:new', into: false };
    await server.as(server.bob).post('/api/v1/moves').send(move).expect(200);
    await tus.append(location, 0, 'hello').expect(204);
    expect(await textOf(server, 'new/a.txt')).toBe('hello');
  });

  test('makes one file, however often a client asks that lost the answer (CC-09)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5, onConflict: 'rename' });
    await tus.append(location, 0, 'hello').expect(204);
    await tus.append(location, 0, 'hello').expect(409);
    const again = await tus.append(location, 5, '').expect(204);
    expect(again.headers['upload-offset']).toBe('5');
    const { headers } = await tus.head(location).expect(200);
    expect(headers['upload-offset']).toBe('5');
    expect(await filesOf(server)).toEqual(['a.txt']);
  });

  test('happens once when a client comes back while it is still going on (CC-09)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 5, onConflict: 'rename' });
    const { files } = server.services;
    const adopt = files.adopt.bind(files);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const spy = vi.spyOn(files, 'adopt').mockImplementation(async (...args) => {
      await held;
      return adopt(...args);
    });
    const first = openPatch(server, server.bob, location, [
      ['Upload-Offset', '0'],
      ['Content-Length', '5'],
    ]).send('hello');
    await waitUntil('the file is being put in its place', () => spy.mock.calls.length === 1);
    first.socket.destroy();
    const finish = vi.spyOn(server.services.uploads, 'finish');
    const answer = tus.head(location).then(({ status, headers }) => ({ status, headers }));
    await waitUntil('the client has come back', () => finish.mock.calls.length === 1);
    goOn();
    expect(await answer).toMatchObject({ status: 200, headers: { 'upload-offset': '5' } });
    await tus.append(location, 5, '').expect(204);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(await filesOf(server)).toEqual(['a.txt']);
    expect(await textOf(server, 'a.txt')).toBe('hello');
  });
});

describe('time', () => {
  test('an upload can be resumed until it expires, and its space is given back after (TU-14)', async () => {
    const { server, tus } = await setUp({ DREY_UPLOAD_DAYS: '3' });
    const created = await tus.creation({ uri: 'storage:a.txt', size: 10 }).expect(201);
    const location = created.headers.location as string;
    expect(
      Date.parse(created.headers['upload-expires'] as string) - server.time.now.getTime(),
    ).toBeGreaterThan(3 * dayMs - 10_000);
    const start = server.time.now.getTime();
    server.time.now = new Date(start + 3 * dayMs - 1000);
    await server.services.sweep();
    await tus.append(location, 0, '12345').expect(204);

    server.time.now = new Date(start + 7 * dayMs);
    await tus.head(location).expect(410);
    await tus.append(location, 5, '67890').expect(410);
    expect(await stagedFiles(server)).toHaveLength(1);
    await server.services.sweep();
    expect(await stagedFiles(server)).toEqual([]);
    await tus.head(location).expect(404);
    expect(await filesOf(server)).toEqual([]);
  });

  test('a finished file outlives its upload (TU-14)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.store({ uri: 'storage:a.txt' }, 'hello');
    server.time.now = new Date(server.time.now.getTime() + 100 * dayMs);
    await server.services.sweep();
    await tus.head(location).expect(404);
    expect(await textOf(server, 'a.txt')).toBe('hello');
  });

  test('an upload that is being received is not cleared away under it (TU-14)', async () => {
    const { server, tus } = await setUp({ DREY_UPLOAD_DAYS: '1' });
    const today = server.time.now;
    server.time.now = new Date(today.getTime() - 2 * dayMs);
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    server.time.now = today;
    const running = openPatch(server, server.bob, location, [
      ['Upload-Offset', '0'],
      ['Content-Length', '10'],
      ['Expect', '100-continue'],
    ]);
    await running.until('100 Continue');
    running.send('12345');
    await server.services.sweep();
    running.send('67890');
    await running.until('\r\n\r\nHTTP/1.1 ');
    expect(running.statuses).toEqual([100, 204]);
    expect(await textOf(server, 'a.txt')).toBe('1234567890');
  });
});

describe('two clients on one upload', () => {
  test('the one that comes back gets on while the connection of the first hangs (TU-03)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    const hanging = openPatch(server, server.bob, location, [
      ['Upload-Offset', '0'],
      ['Content-Length', '10'],
      ['Expect', '100-continue'],
    ]);
    await hanging.until('100 Continue');
    hanging.send('1234');
    const { headers } = await tus.head(location).expect(200);
    await hanging.closed();
    const offset = Number(headers['upload-offset']);
    await tus.append(location, offset, '1234567890'.slice(offset)).expect(204);
    expect(await textOf(server, 'a.txt')).toBe('1234567890');
  });

  test('of two that send at once the later takes over, and the bytes are right in the end (TU-03)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 100_000 });
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const first = openPatch(server, server.bob, location, [
      ['Upload-Offset', '0'],
      ['Content-Length', '100000'],
      ['Expect', '100-continue'],
    ]);
    await first.until('100 Continue');
    first.send(bytes.subarray(0, 40_000));
    for (let done = false; !done;) {
      const { headers } = await tus.head(location).expect(200);
      const offset = Number(headers['upload-offset']);
      const answers = await Promise.all([
        tus.append(location, offset, bytes.subarray(offset)).catch(() => undefined),
        tus.append(location, offset, bytes.subarray(offset)).catch(() => undefined),
      ]);
      done = answers.some((answer) => answer?.status === 204);
    }
    await first.closed();
    const stored = await readFile(join(server.homeOf('bob'), 'a.txt'));
    expect(stored.equals(bytes)).toBe(true);
  });

  test('what was stored before a break is kept, and only the rest is sent again (TU-03)', async () => {
    const { server, tus } = await setUp();
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    const location = await tus.create({ uri: 'storage:a.bin', size: bytes.length });
    const breaking = openPatch(server, server.bob, location, [
      ['Upload-Offset', '0'],
      ['Content-Length', String(bytes.length)],
    ]);
    breaking.send(bytes.subarray(0, 2_500_000));
    const [staged] = await stagedFiles(server);
    await waitUntil('some of it is on the disk', async () => {
      return (await stat(join(server.homeOf('bob'), '.drey/staging', staged as string))).size > 0;
    });
    breaking.socket.destroy();
    const offset = Number((await tus.head(location).expect(200)).headers['upload-offset']);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(2_500_000);
    await tus.append(location, offset, bytes.subarray(offset)).expect(204);
    expect((await readFile(join(server.homeOf('bob'), 'a.bin'))).equals(bytes)).toBe(true);
  });
});

describe('a refusal before the body', () => {
  test('comes without 100 Continue (UP-12)', async () => {
    const { server, tus } = await setUp();
    const location = await tus.create({ uri: 'storage:a.txt', size: 10 });
    const refusals = [
      { user: server.alice, offset: '0', length: '10', status: 404 },
      { user: server.bob, offset: '3', length: '7', status: 409 },
      { user: server.bob, offset: '0', length: '11', status: 413 },
    ];
    for (const { user, offset, length, status } of refusals) {
      const connection = openPatch(server, user, location, [
        ['Upload-Offset', offset],
        ['Content-Length', length],
        ['Expect', '100-continue'],
      ]);
      await connection.closed();
      expect(connection.statuses).toEqual([status]);
    }
  });
});

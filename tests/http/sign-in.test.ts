import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../server/config/settings.ts';
import { createServices } from '../../server/services.ts';
import { startWatchedServer, type AskOptions, type WatchedServer } from '../support/canaries.ts';
import { password, startServerOn } from '../support/test-server.ts';

const signIn = (server: WatchedServer, body: object | string, options: AskOptions = {}) =>
  server.ask('POST', '/api/v1/session', {
    body,
    ...options,
    headers: { 'Content-Type': 'application/json', ...options.headers },
  });

const minute = 60_000;

describe('signing in', () => {
  test('answers a wrong name, a wrong password and a disabled user in the same bytes', async () => {
    const server = await startWatchedServer();
    await server.createUser('carol');
    await server.ask('PATCH', '/api/v1/users/carol', { as: server.alice, body: { isDisabled: true } });
    const answers = [
      await signIn(server, { name: 'bob', password: 'not the password' }),
      await signIn(server, { name: 'nobody', password }),
      await signIn(server, { name: 'carol', password }),
      await signIn(server, { name: 'Bob', password }),
      await signIn(server, { name: '__proto__', password }),
      await signIn(server, { name: "bob' OR 1=1 --", password }),
    ];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    for (const { headers } of answers) expect(headers['set-cookie']).toBeUndefined();
  });

  test('with a wrong password is limited by name, across a restart, and the right one has to wait as well (AU-08, PW-08)', async () => {
    const server = await startWatchedServer();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await signIn(server, { name: 'bob', password: `guess ${attempt}` })).status).toBe(401);
    }
    for (const guess of ['guess 11', password]) {
      const { status, text } = await signIn(server, { name: 'bob', password: guess });
      expect([status, JSON.parse(text).error.code]).toEqual([429, 'rate_limited']);
    }
    const again = await startServerOn(server.dataFolder);
    await again.as().post('/api/v1/session').send({ name: 'bob', password }).expect(429);
    await again.close();
    expect((await signIn(server, { name: 'alice', password })).status).toBe(201);
    server.time.now = new Date(server.time.now.getTime() + 15 * minute);
    expect((await signIn(server, { name: 'bob', password })).status).toBe(201);
  });

  test('is limited by the address of the socket, whatever addresses a client makes up (WB-15)', async () => {
    const server = await startWatchedServer();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 31; attempt += 1) {
      const address = attempt % 2 === 0 ? `203.0.113.${attempt}` : `::ffff:203.0.113.${attempt}, 10.0.0.1`;
      const headers = { 'X-Forwarded-For': address, 'X-Real-IP': address, Forwarded: `for=${address}` };
      statuses.push((await signIn(server, { name: `user${attempt}`, password }, { headers })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 401), 429]);
  });

  test('takes the address from a proxy that is trusted, and from no other (WB-15)', async () => {
    for (const [trusted, expected] of [
      ['127.0.0.1', '203.0.113.7'],
      ['10.0.0.0/8', '127.0.0.1'],
    ] as const) {
      const server = await startWatchedServer({ DREY_TRUST_PROXY: trusted });
      const headers = { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7' };
      const { headers: answer } = await signIn(server, { name: 'bob', password }, { headers });
      const cookie = answer['set-cookie']?.[0]?.split(';')[0] ?? '';
      const { text } = await server.ask('GET', '/api/v1/sessions', { headers: { Cookie: cookie } });
      expect(JSON.parse(text).items[0].address).toBe(expected);
    }
  });

  test('with what is no name or no password is refused before anything is hashed (AU-08)', async () => {
    const server = await startWatchedServer();
    const hashing = server.services.sessions.signIn.bind(server.services.sessions);
    let hashes = 0;
    server.services.sessions.signIn = (...given) => {
      hashes += 1;
      return hashing(...given);
    };
    const bad = [
      {},
      [],
      { name: 'bob' },
      { name: ['bob'], password },
      { name: { $ne: '' }, password },
      { name: 'bob', password: [password] },
      { name: 'bob', password: null },
      { name: 'bob', password: 7 },
      { name: '', password },
      { name: 'bob', password: '' },
      { name: 'bob', password: 'x'.repeat(1025) },
      { name: 'x'.repeat(201), password },
    ];
    for (const body of bad)
      expect((await signIn(server, body)).status, JSON.stringify(body).slice(0, 60)).toBe(400);
    for (const body of ['null', '7', '"bob"', '{', '{"name":"bob"', 'name=bob', '\ufeff', '[[[[']) {
      expect((await signIn(server, body)).status, body).toBe(400);
    }
    for (const body of [
      { name: 'bob', password: 'x'.repeat(1_000_000) },
      '['.repeat(20_000),
      `{"a":`.repeat(9000),
    ]) {
      expect((await signIn(server, body)).status).toBe(413);
    }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/xml',
    ]) {
      const headers = { 'Content-Type': type };
      expect(
        (await signIn(server, JSON.stringify({ name: 'bob', password }), { headers })).status,
        type,
      ).toBe(400);
    }
    expect(hashes).toBe(0);
  });

  test('deep and huge JSON from a user is a bad request, and others are answered meanwhile (AU-08)', async () => {
    const server = await startWatchedServer();
    const deep = `{"items":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    const headers = { 'Content-Type': 'application/json' };
    const [answer, other] = await Promise.all([
      server.ask('POST', '/api/v1/links', { as: server.bob, body: deep, headers }),
      server.ask('GET', '/healthz'),
    ]);
    expect([answer.status, other.status]).toEqual([400, 200]);
    const huge = await server.ask('POST', '/api/v1/links', {
      as: server.bob,
      body: `"${'x'.repeat(5_000_000)}"`,
      headers,
    });
    expect(huge.status).toBe(413);
  });

  test('makes a session of its own: a cookie set before is not taken over (AU-04)', async () => {
    const server = await startWatchedServer();
    const fixed = 'A'.repeat(43);
    const cookies = await Promise.all(
      [1, 2, 3].map(async () => {
        const { headers } = await signIn(
          server,
          { name: 'bob', password },
          { headers: { Cookie: `drey=${fixed}` } },
        );
        return headers['set-cookie']?.[0]?.split(';')[0];
      }),
    );
    expect(new Set(cookies).size).toBe(3);
    expect(cookies).not.toContain(`drey=${fixed}`);
    const before = await server.ask('GET', '/api/v1/session', { headers: { Cookie: `drey=${fixed}` } });
    expect(before.status).toBe(401);
  });

  test('sets a cookie that scripts cannot read and other sites do not send, bound to the host where there is TLS (WB-07)', async () => {
    const plain = await startWatchedServer();
    const { headers } = await signIn(plain, { name: 'bob', password });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^drey=[\w-]{43}; Max-Age=2592000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
      ),
    ]);
    const secure = await startWatchedServer({ DREY_PUBLIC_URL: 'https://files.example.org' });
    const answer = await signIn(secure, { name: 'bob', password });
    const cookie = answer.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(
      /^__Host-drey=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    const value = /=([^;]+)/.exec(cookie)?.[1] ?? '';
    const tossed = await secure.ask('GET', '/api/v1/session', { headers: { Cookie: `drey=${value}` } });
    expect(tossed.status).toBe(401);
    const own = await secure.ask('GET', '/api/v1/session', {
      headers: { Cookie: `drey=x; __Host-drey=${value}` },
    });
    expect(own.status).toBe(200);
  });

  test('sends nobody anywhere, whatever the address asks for (WB-09)', async () => {
    const server = await startWatchedServer();
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      'javascript:alert(1)',
      '%0d%0aLocation:%20//evil',
    ]) {
      for (const parameter of ['next', 'redirect', 'url', 'return_to']) {
        const target = `/api/v1/session?${parameter}=${next}`;
        for (const given of [password, 'wrong password']) {
          if (parameter !== 'next' && given !== password) continue;
          const headers = { 'Content-Type': 'application/json' };
          const body = { name: given === password ? 'bob' : `x${next.length}`, password: given };
          const reply = await server.ask('POST', target, { body, headers });
          expect([201, 401]).toContain(reply.status);
          expect(reply.headers.location).toBeUndefined();
        }
      }
    }
  });

  test('is all that strangers are told of: settings, metrics and files of the installation are nowhere (AU-16)', async () => {
    const server = await startWatchedServer();
    const nowhere = [
      'config',
      'settings',
      'version',
      'metrics',
      'debug',
      'status',
      'env',
      'users',
      'server-status',
      'actuator/env',
      'debug/pprof',
    ];
    for (const name of nowhere) {
      for (const prefix of ['/', '/api/', '/api/v1/']) {
        const { status } = await server.ask('GET', `${prefix}${name}`);
        expect(status, `${prefix}${name}`).toBe(prefix + name === '/api/v1/users' ? 401 : 404);
      }
    }
    for (const target of [
      '/.env',
      '/.git/config',
      '/package.json',
      '/data/drey.db',
      '/drey.db',
      '/server/main.ts',
      '/keys/',
    ]) {
      expect((await server.ask('GET', target)).status, target).toBe(404);
    }
    expect(JSON.parse((await server.ask('GET', '/healthz')).text)).toEqual({ status: 'ok' });
    const { text } = await server.ask('GET', '/api/openapi.json');
    expect(text).not.toMatch(/alice|bob|127\.0\.0\.1/);
  });
});

describe('the first run', () => {
  async function startEmpty() {
    const dataFolder = await mkdtemp(join(tmpdir(), 'drey-setup-'));
    const services = await createServices(loadConfig({ DREY_DATA: dataFolder, DREY_LOG_LEVEL: 'silent' }));
    onTestFinished(async () => {
      await services.close();
      await rm(dataFolder, { recursive: true, force: true });
    });
    return services;
  }

  test('makes one administrator of two who try at once, and is over then (AU-10)', async () => {
    const { setup, users } = await startEmpty();
    const token = (await setup.findToken()) as string;
    const attempts = await Promise.allSettled(
      ['first', 'second', 'third'].map((name) => setup.createFirstAdmin('', { token, name, password })),
    );
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'not_found' });
    }
    expect((await users.list()).map((user) => user.is_admin)).toEqual([1]);
    expect(await setup.findToken()).toBeUndefined();
    await expect(setup.createFirstAdmin('', { token, name: 'late', password })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('needs the token that was printed, which is of no use later or elsewhere (AU-10)', async () => {
    const { setup } = await startEmpty();
    const other = await startEmpty();
    const token = (await setup.findToken()) as string;
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    for (const wrong of [
      '',
      'x',
      token.slice(1),
      `${token}=`,
      token.toUpperCase(),
      (await other.setup.findToken()) as string,
    ]) {
      await expect(
        setup.createFirstAdmin('', { token: wrong, name: 'eve', password }),
        wrong,
      ).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
    const server = await startWatchedServer();
    const reply = await server.ask('POST', '/api/v1/setup', { body: { token, name: 'eve', password } });
    expect(reply.status).toBe(404);
    expect(reply.headers['set-cookie']).toBeUndefined();
  });

  test('has no account and no password that somebody could know beforehand (AU-10)', async () => {
    const { users, sessions } = await startEmpty();
    expect(await users.list()).toEqual([]);
    for (const name of ['admin', 'root', 'drey']) {
      await expect(sessions.signIn(name, 'admin', { address: '', userAgent: '' })).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
  });
});

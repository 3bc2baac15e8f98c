import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../server/contract/schemas.ts';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { password, type TestUser } from '../support/test-server.ts';
import { readingDoors, writingDoors } from '../support/user-doors.ts';

/** bob's home holds `ci/out/a.txt` and, beside it, canaries. */
async function start() {
  const server = await startWatchedServer();
  await mkdir(join(server.homeOf('bob'), 'ci/out'), { recursive: true });
  await writeFile(join(server.homeOf('bob'), 'ci/out/a.txt'), 'a');
  for (const place of ['', 'ci', 'ci-secret', 'private'])
    await server.plant(join(server.homeOf('bob'), place));
  return server;
}

async function tokenWith(server: WatchedServer, terms: object, as = server.bob): Promise<TestUser> {
  const made = await server.ask('POST', '/api/v1/tokens', { as, body: terms, mayHoldToken: true });
  expect(made.status, made.text).toBe(201);
  const { token } = JSON.parse(made.text) as { token: string };
  server.keepSecret(token);
  return { name: as.name, token };
}

const namesIn = async (server: WatchedServer, as: TestUser, path: string) => {
  const { status, text } = await server.ask('GET', `/api/v1/entries/${path}`, { as });
  return status === 200 ? JSON.parse(text).children.items.map((item: { name: string }) => item.name) : status;
};

describe('a token bound to a place', () => {
  test('sees only the way to it and what is in it, whatever it is asked by (AZ-13, PT-09)', async () => {
    const server = await start();
    const as = await tokenWith(server, { uris: ['storage:ci/out'] });
    expect(await namesIn(server, as, 'bob')).toEqual(['ci']);
    expect(await namesIn(server, as, 'bob/ci')).toEqual(['out']);
    expect(await namesIn(server, as, 'bob/ci/out')).toEqual(['a.txt']);
    const { text } = await server.ask('GET', '/api/v1/roots', { as });
    expect(JSON.parse(text).items).toMatchObject([{ name: 'bob', level: 'list' }]);
    for (const path of ['bob/CANARY.txt', 'bob/ci/CANARY.txt', 'bob/ci-secret/CANARY.txt', 'bob/private']) {
      for (const door of [...readingDoors(path), ...writingDoors(path, 'bob/ci/out/free')]) {
        const { status } = await server.ask(door.method, door.target, { ...door.options, as });
        expect(status, `${door.name} of ${path}`).toBe(404);
      }
    }
    for (const door of readingDoors('bob/ci')) {
      const { status } = await server.ask(door.method, door.target, { ...door.options, as });
      expect(status, door.name).toBe(door.name === 'entry' ? 200 : 403);
    }
    const put = await server.ask('PUT', '/api/v1/content/bob/ci/out/b.txt', { as, body: 'b' });
    expect(put.status).toBe(201);
  });

  test('gives nothing that its user has not, and follows them down at once (AZ-04)', async () => {
    const server = await start();
    const carol = await server.createUser('carol');
    const grant = (level: string) =>
      server.ask('POST', '/api/v1/grants', {
        as: server.bob,
        body: { uri: 'storage:ci/out', grantee: 'user:carol', level },
      });
    const as = await tokenWith(server, { uris: ['storage:/bob/ci/out', 'storage:/bob/private'] }, carol);
    const get = async () => (await server.ask('GET', '/api/v1/content/bob/ci/out/a.txt', { as })).status;
    expect(await get()).toBe(404);
    await grant('read');
    expect(await get()).toBe(200);
    expect(await namesIn(server, as, 'bob/private')).toBe(404);
    await grant('list');
    expect(await get()).toBe(403);
    await server.ask('PATCH', '/api/v1/users/carol', { as: server.alice, body: { isDisabled: true } });
    expect(await get()).toBe(401);
  });

  test('is told of each child the level that is left to it there', async () => {
    const server = await start();
    const levelsIn = async (path: string, terms: object) => {
      const as = await tokenWith(server, terms);
      const { text } = await server.ask('GET', `/api/v1/entries/${path}`, { as });
      return JSON.parse(text).children.items.map(({ name, level }: Entry) => `${name} ${level}`);
    };
    expect(await levelsIn('bob', { uris: ['storage:ci/out'] })).toEqual(['ci list']);
    expect(await levelsIn('bob/ci', { uris: ['storage:ci/out'] })).toEqual(['out manage']);
    expect(await levelsIn('bob/ci', { level: 'write' })).toEqual(['out write', 'CANARY.txt write']);
  });

  test('stays at its place when what was there moves on', async () => {
    const server = await start();
    const as = await tokenWith(server, { uris: ['storage:ci/out'] });
    await server.ask('POST', '/api/v1/moves', {
      as: server.bob,
      body: { from: ['storage:ci/out'], to: 'storage:private/out', into: false },
    });
    expect(await namesIn(server, as, 'bob/private/out')).toBe(404);
    const made = await server.ask('PUT', '/api/v1/directories/bob/ci/out', { as });
    expect(made.status).toBe(201);
  });
});

describe('a token bound to a level', () => {
  test('that may read changes nothing, by no door and no verb (AZ-13)', async () => {
    const server = await start();
    const as = await tokenWith(server, { level: 'read' });
    for (const door of readingDoors('bob/ci/out/a.txt')) {
      const { status } = await server.ask(door.method, door.target, { ...door.options, as });
      expect([200, 206], door.name).toContain(status);
    }
    for (const door of writingDoors('bob/ci/out/a.txt', 'bob/private/free')) {
      const { status } = await server.ask(door.method, door.target, { ...door.options, as });
      expect(status, door.name).toBe(403);
    }
    expect(await namesIn(server, server.bob, 'bob/ci/out')).toEqual(['a.txt']);
  });

  test('that may write can neither share, link nor re-grant', async () => {
    const server = await start();
    const as = await tokenWith(server, { level: 'write' });
    const statusOf = async (path: string, body: object) =>
      (await server.ask('POST', `/api/v1/${path}`, { as, body })).status;
    expect(await statusOf('links', { items: ['storage:ci'] })).toBe(403);
    expect(await statusOf('grants', { uri: 'storage:ci', grantee: 'public', level: 'list' })).toBe(403);
    const put = await server.ask('PUT', '/api/v1/content/bob/ci/out/b.txt', { as, body: 'b' });
    expect(put.status).toBe(201);
  });
});

describe('a narrowed token', () => {
  test('cannot widen itself: no token, session, password, or anything else about an account (AZ-06)', async () => {
    const server = await start();
    const link = await server.link(server.bob, { items: ['storage:private'] });
    const { text } = await server.ask('GET', '/api/v1/tokens', { as: server.bob });
    const full = JSON.parse(text).items[0].id as string;
    const requests: [string, string, object?][] = [
      ['POST', 'tokens', { label: 'wider' }],
      ['POST', 'tokens', { level: 'list' }],
      ['GET', 'tokens'],
      ['DELETE', `tokens/${full}`],
      ['GET', 'sessions'],
      ['DELETE', 'session'],
      ['GET', 'users/bob'],
      ['PATCH', 'users/bob', { password: 'another long one', currentPassword: password }],
      ['GET', 'links'],
      ['GET', `links/${link.id}`],
      ['PATCH', `links/${link.id}`, { expiresIn: null }],
      ['POST', `links/${link.id}/generations`],
      ['DELETE', `links/${link.id}`],
      ['GET', 'grants'],
      ['GET', 'grants?direction=received'],
      ['GET', 'teammates?prefix=a'],
    ];
    for (const terms of [
      { level: 'read' },
      { uris: ['storage:ci/out'] },
      { level: 'write', uris: ['storage:'] },
    ]) {
      const as = await tokenWith(server, terms);
      for (const [method, path, body] of requests) {
        const reply = await server.ask(method, `/api/v1/${path}`, { as, ...(body && { body }) });
        expect(reply.status, `${method} ${path} with ${JSON.stringify(terms)}`).toBe(403);
        expect(JSON.parse(reply.text).error.reason, `${method} ${path}`).toBe('narrowed_token');
      }
      expect((await server.ask('GET', '/api/v1/session', { as })).status, 'it may ask who it is').toBe(200);
    }
  });

  test('is none that may manage everywhere: it narrows nothing', async () => {
    const server = await start();
    const as = await tokenWith(server, { level: 'manage' });
    expect((await server.ask('GET', '/api/v1/tokens', { as })).status).toBe(200);
  });

  test("of an administrator is no administrator's", async () => {
    const server = await start();
    const as = await tokenWith(server, { level: 'manage', uris: ['storage:'] }, server.alice);
    for (const path of ['users', 'audit', 'groups']) {
      expect((await server.ask('GET', `/api/v1/${path}`, { as })).status, path).toBe(403);
    }
  });

  test('may share within its place what its level lets it, and nothing outside', async () => {
    const server = await start();
    const as = await tokenWith(server, { uris: ['storage:ci/out'] });
    const share = async (uri: string) =>
      (
        await server.ask('POST', '/api/v1/grants', {
          as,
          body: { uri, grantee: 'public', level: 'read' },
        })
      ).status;
    expect(await share('storage:ci/out')).toBe(201);
    expect(await share('storage:ci')).toBe(403);
    expect(await share('storage:private')).toBe(404);
    const grants = (uri: string) => server.ask('GET', `/api/v1/grants?uri=${uri}`, { as });
    expect((await grants('storage:ci/out')).status).toBe(200);
    expect((await grants('storage:ci')).status).toBe(403);
    const explain = await server.ask('GET', '/api/v1/grants/explanation?uri=storage:private&user=bob', {
      as,
    });
    expect(explain.status).toBe(404);
  });

  test('is not told the address of a link that gives more than its place (AZ-13)', async () => {
    const server = await start();
    const { url } = await server.link(server.bob, { items: ['storage:ci', 'storage:private'] });
    const query = `uri=${encodeURIComponent('storage:ci/out')}`;
    const told = async (as: TestUser) =>
      JSON.parse((await server.ask('GET', `/api/v1/links/covering?${query}`, { as })).text).items[0];
    expect(await told(server.bob)).toMatchObject({ url });
    const as = await tokenWith(server, { uris: ['storage:ci/out'] });
    expect(await told(as)).toMatchObject({ url: null, items: [{ name: 'ci' }] });
  });

  test('gives up no upload to a place that is not its own (AZ-13)', async () => {
    const server = await start();
    const metadata = `uri ${Buffer.from('storage:private/new.bin').toString('base64')}`;
    const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Length': '5', 'Upload-Metadata': metadata };
    const begun = await server.ask('POST', '/api/v1/uploads', { as: server.bob, headers });
    const address = new URL(begun.headers.location!, server.origin).pathname;
    const remove = async (as: TestUser) =>
      (await server.ask('DELETE', address, { as, headers: { 'Tus-Resumable': '1.0.0' } })).status;
    expect(await remove(await tokenWith(server, { uris: ['storage:ci/out'] }))).toBe(404);
    expect(await remove(await tokenWith(server, { level: 'list' }))).toBe(403);
    expect(await remove(server.bob)).toBe(204);
  });

  test('is made with terms that make sense, and says them', async () => {
    const server = await start();
    const make = (body: object) =>
      server.ask('POST', '/api/v1/tokens', { as: server.bob, body, mayHoldToken: true });
    for (const bad of [
      { level: 'admin' },
      { level: '' },
      { uris: [] },
      { uris: ['storage:../x'] },
      { uris: 'storage:a' },
      { uris: ['http://a/b'] },
      { uris: Array(101).fill('storage:a') },
    ]) {
      expect((await make(bad)).status, JSON.stringify(bad)).toBe(400);
    }
    const { text } = await make({ level: 'read', uris: ['storage:ci/out', 'storage:/alice/x'] });
    expect(JSON.parse(text)).toMatchObject({
      level: 'read',
      uris: ['storage://home/bob/ci/out', 'storage://home/alice/x'],
    });
  });
});

test('a token that expires cannot make one that outlives it', async () => {
  const server = await start();
  const as = await tokenWith(server, { expiresIn: 3600 });
  const make = (body: object) => server.ask('POST', '/api/v1/tokens', { as, body, mayHoldToken: true });
  expect((await make({})).status).toBe(403);
  expect((await make({ expiresIn: 7200 })).status).toBe(403);
  expect((await make({ expiresIn: 600 })).status).toBe(201);
});

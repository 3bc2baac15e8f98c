import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startWatchedServer } from '../support/canaries.ts';
import { password } from '../support/test-server.ts';

const next = 'the next long password';

describe('changing a password', () => {
  test("of one's own needs the current one, whoever one is and however it is asked for (AU-06)", async () => {
    const server = await startWatchedServer();
    for (const as of [server.bob, server.alice]) {
      const patch = (body: object, name = as.name) =>
        server.ask('PATCH', `/api/v1/users/${name}`, { as, body });
      expect((await patch({ password: next })).status).toBe(400);
      expect((await patch({ password: next, currentPassword: '' })).status).toBe(400);
      expect((await patch({ password: next, currentPassword: null })).status).toBe(400);
      expect((await patch({ password: next, currentPassword: [password] })).status).toBe(400);
      expect((await patch({ password: next, currentPassword: 'a wrong one' })).status).toBe(403);
      expect((await patch({ password: next, which: ['password'] })).status).toBe(400);
      expect((await patch({ password_hash: '$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA' })).status).toBe(400);
      expect((await patch({ passwordHash: 'x' })).status).toBe(400);
      expect((await patch({ password: next }, as.name.toUpperCase())).status).toBe(404);
      expect((await patch({ password: next }, `${as.name}%00`)).status).toBe(404);
      expect((await server.as().post('/api/v1/session').send({ name: as.name, password: next })).status).toBe(
        401,
      );
      expect((await server.as().post('/api/v1/session').send({ name: as.name, password })).status).toBe(201);
    }
  });

  test('by guessing the current one is limited (AU-06)', async () => {
    const server = await startWatchedServer();
    const statuses = new Set<number>();
    for (let attempt = 0; attempt < 11; attempt += 1) {
      const body = { password: next, currentPassword: `guess ${attempt}` };
      statuses.add((await server.ask('PATCH', '/api/v1/users/bob', { as: server.bob, body })).status);
    }
    expect([...statuses]).toEqual([403, 429]);
    const body = { password: next, currentPassword: password };
    expect((await server.ask('PATCH', '/api/v1/users/bob', { as: server.bob, body })).status).toBe(429);
  });

  test('with the right one is no attempt too many, the eleventh time either', async () => {
    const server = await startWatchedServer();
    const statuses = new Set<number>();
    for (let time = 0; time < 11; time += 1) {
      const body =
        time % 2 ? { password, currentPassword: next } : { password: next, currentPassword: password };
      statuses.add((await server.ask('PATCH', '/api/v1/users/bob', { as: server.bob, body })).status);
    }
    expect([...statuses]).toEqual([200]);
  });

  test('takes any characters, and refuses what is too short or too long before hashing (AU-08, PW-05)', async () => {
    const server = await startWatchedServer();
    const patch = (given: string) =>
      server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { password: given } });
    for (const bad of ['', 'short', 'x'.repeat(1025), '\u00e9'.repeat(513)]) {
      expect((await patch(bad)).status, bad.slice(0, 10)).toBe(400);
    }
    // bcrypt would not tell the last two apart.
    const long = 'p'.repeat(72);
    for (const good of ['  spaces count  ', 'p\u00e4sswort 😀', 'with\0a NUL in it', `${long}a`]) {
      expect((await patch(good)).status, good).toBe(200);
      expect(
        (await server.as().post('/api/v1/session').send({ name: 'bob', password: good })).status,
        good,
      ).toBe(201);
    }
    expect(
      (
        await server
          .as()
          .post('/api/v1/session')
          .send({ name: 'bob', password: `${long}b` })
      ).status,
    ).toBe(401);
  });
});

describe('a user', () => {
  test('cannot raise themselves, nor touch or see another (AZ-06, AZ-03)', async () => {
    const server = await startWatchedServer();
    const carol = await server.createUser('carol');
    const ask = (method: string, path: string, body?: object) =>
      server.ask(method, `/api/v1/users${path}`, { as: carol, ...(body && { body }) });
    expect((await ask('PATCH', '/carol', { isAdmin: true })).status).toBe(403);
    expect((await ask('PATCH', '/carol', { isDisabled: false })).status).toBe(403);
    expect((await ask('PATCH', '/carol', { quota: 'none' })).status).toBe(403);
    expect(
      (await ask('PATCH', '/carol', { isAdmin: true, password: next, currentPassword: password })).status,
    ).toBe(403);
    for (const extra of [
      { id: 'x' },
      { name: 'alice' },
      { is_admin: 1 },
      { role: 'admin' },
      { home: '/' },
      { quota_bytes: 1 },
    ]) {
      expect((await ask('PATCH', '/carol', extra)).status, JSON.stringify(extra)).toBe(400);
    }
    for (const name of ['alice', 'bob', 'nobody']) {
      const answers = [await ask('GET', `/${name}`), await ask('PATCH', `/${name}`, { password: next })];
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      expect(answers[0]?.text).toBe((await ask('GET', '/nobody')).text);
    }
    expect((await ask('POST', '', { name: 'dave', password, isAdmin: true })).status).toBe(403);
    expect((await ask('DELETE', '/bob')).status).toBe(403);
    expect((await ask('DELETE', '/carol')).status).toBe(403);
    const { text } = await ask('GET', '/carol');
    expect(JSON.parse(text)).toEqual({
      name: 'carol',
      email: null,
      isAdmin: false,
      isDisabled: false,
      createdAt: expect.any(String),
      lastSeenAt: expect.any(String),
      hasPassword: true,
      quota: 'default',
      quotaBytes: null,
      usedBytes: null,
    });
  });

  test('is made with what an administrator may say and nothing else, and no name twice (AU-09)', async () => {
    const server = await startWatchedServer();
    const make = (body: object) => server.ask('POST', '/api/v1/users', { as: server.alice, body });
    const made = await make({
      name: 'dave',
      password,
      id: 'x',
      is_admin: 1,
      role: 'admin',
      is_disabled: 1,
      created_at: 0,
    });
    expect(made.status).toBe(201);
    expect(JSON.parse(made.text)).toMatchObject({ name: 'dave', isAdmin: false, isDisabled: false });
    expect((await make({ name: 'dave', password })).status).toBe(409);
    const both = await Promise.all([make({ name: 'erin', password }), make({ name: 'erin', password })]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await make({ name: 'frank', password, isAdmin: 'true' })).status).toBe(400);
    for (const bad of ['', 'short', null, 7, [password]])
      expect((await make({ name: 'grace', password: bad })).status).toBe(400);
  });

  test('shares the space of names with what is mounted, in either order', async () => {
    const server = await startWatchedServer();
    const folder = await mkdtemp(join(tmpdir(), 'drey-mount-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await server.services.mount({ name: 'datasets' as never, folder });
    const reply = await server.ask('POST', '/api/v1/users', {
      as: server.alice,
      body: { name: 'datasets', password },
    });
    expect(reply.status).toBe(409);
    await expect(server.services.mount({ name: 'bob' as never, folder })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('who is the last administrator stays one, and can neither be disabled nor deleted', async () => {
    const server = await startWatchedServer();
    const patch = (name: string, body: object) =>
      server.ask('PATCH', `/api/v1/users/${name}`, { as: server.alice, body });
    expect((await patch('alice', { isAdmin: false })).status).toBe(409);
    expect((await patch('alice', { isDisabled: true })).status).toBe(409);
    expect((await server.ask('DELETE', '/api/v1/users/alice', { as: server.alice })).status).toBe(409);
    await server.createUser('carol', true);
    await patch('carol', { isDisabled: true });
    expect((await patch('alice', { isAdmin: false })).status, 'a disabled one does not count').toBe(409);
    await patch('carol', { isDisabled: false });
    expect((await patch('alice', { isAdmin: false })).status).toBe(200);
    expect((await server.ask('GET', '/api/v1/users', { as: server.alice })).status).toBe(403);
  });

  test("is no other one's guest for being an administrator: homes are their owners'", async () => {
    const server = await startWatchedServer();
    await server.plant(server.homeOf('bob'));
    for (const target of [
      'entries/bob',
      'content/bob/CANARY.txt',
      'sizes/bob',
      'archive?item=storage:/bob',
    ]) {
      expect((await server.ask('GET', `/api/v1/${target}`, { as: server.alice })).status, target).toBe(404);
    }
  });
});

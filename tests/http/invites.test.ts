import { describe, expect, test } from 'vitest';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { password } from '../support/test-server.ts';

async function invite(server: WatchedServer, terms: object = {}, as = server.alice) {
  const reply = await server.ask('POST', '/api/v1/invites', { as, body: terms });
  expect(reply.status, reply.text).toBe(201);
  const { id, url } = JSON.parse(reply.text) as { id: string; url: string };
  const token = new URL(url).hash.slice(1);
  server.keepSecret(token);
  return { id, url, token };
}
const accept = (server: WatchedServer, token: string, name = 'carol') =>
  server.ask('POST', '/api/v1/invites/acceptance', { body: { token, name, password } });
const changeCarol = (server: WatchedServer, body: object) =>
  server.ask('PATCH', '/api/v1/users/carol', { as: server.alice, body });
const inspect = (server: WatchedServer, token: string) =>
  server.ask('POST', '/api/v1/invites/inspection', { body: { token } });

describe('an invitation', () => {
  test('makes the account that was meant, once, and signs it in (AU-11)', async () => {
    const server = await startWatchedServer();
    await server.services.groups.create({ kind: 'system' }, 'vision');
    const { url, token } = await invite(server, { name: 'carol', groups: ['vision'] });
    expect(url).toBe(`${server.origin}/invite#${token}`);
    expect(token).toMatch(/^inv_[\w-]{43}$/);
    expect(JSON.parse((await inspect(server, token)).text)).toEqual({
      name: 'carol',
      invitedBy: 'alice',
      cluster: 'home',
      expiresAt: expect.any(String),
    });
    expect((await accept(server, token, 'mallory')).status, 'it is for carol').toBe(403);
    const made = await accept(server, token);
    expect(made.status).toBe(201);
    expect(JSON.parse(made.text).user).toMatchObject({ name: 'carol', isAdmin: false, hasPassword: true });
    const Cookie = made.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await server.ask('GET', '/api/v1/entries/carol', { headers: { Cookie } })).status).toBe(200);
    expect((await server.services.groups.list())[0]?.members).toEqual(['carol']);

    for (const again of [await accept(server, token), await accept(server, token, 'dave')]) {
      expect(again.status).toBe(410);
      expect(JSON.parse(again.text).error.reason).toBe('used');
    }
    expect((await inspect(server, token)).status).toBe(410);
  });

  test('is taken by one of many who come at once (AU-11)', async () => {
    const server = await startWatchedServer();
    const { token } = await invite(server);
    const replies = await Promise.all(['carol', 'dave', 'erin'].map((name) => accept(server, token, name)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 410, 410]);
    expect(await server.services.users.list()).toHaveLength(3);
  });

  test('ends at its hour, or when it is withdrawn (AU-11)', async () => {
    const server = await startWatchedServer();
    const late = await invite(server, { expiresIn: 3600 });
    const withdrawn = await invite(server);
    const gone = await server.ask('DELETE', `/api/v1/invites/${withdrawn.id}`, { as: server.alice });
    expect(gone.status).toBe(204);
    expect((await accept(server, withdrawn.token)).status).toBe(404);
    server.time.now = new Date(server.time.now.getTime() + 3_600_000);
    const reply = await accept(server, late.token);
    expect([reply.status, JSON.parse(reply.text).error.reason]).toEqual([410, 'expired']);
    for (const expiresIn of [0, 59, 31 * 86_400, '3600']) {
      const { status } = await server.ask('POST', '/api/v1/invites', {
        as: server.alice,
        body: { expiresIn },
      });
      expect(status, String(expiresIn)).toBe(400);
    }
  });

  test.each([
    ['demoted', (server: WatchedServer) => changeCarol(server, { isAdmin: false })],
    ['disabled', (server: WatchedServer) => changeCarol(server, { isDisabled: true })],
    ['deleted', (server: WatchedServer) => server.ask('DELETE', '/api/v1/users/carol', { as: server.alice })],
  ])('ends when who made it is %s (AU-11)', async (_, end) => {
    const server = await startWatchedServer();
    const carol = await server.createUser('carol', true);
    const { token } = await invite(server, { isAdmin: true }, carol);
    const { token: kept } = await invite(server);
    expect((await end(server)).status).toBeLessThan(300);
    expect((await accept(server, token, 'mallory')).status).toBe(404);
    expect((await accept(server, kept, 'dave')).status).toBe(201);
  });

  test('is listed with what came of it for ninety days after its end', async () => {
    const server = await startWatchedServer();
    const { id, token } = await invite(server, { expiresIn: 3600 });
    await accept(server, token);
    const listedAfter = async (days: number) => {
      server.time.now = new Date(server.time.now.getTime() + days * 86_400_000);
      await server.services.sweep();
      const { text } = await server.ask('GET', '/api/v1/invites', { as: server.alice });
      return JSON.parse(text).items;
    };
    expect(await listedAfter(90)).toMatchObject([{ id, state: 'accepted', acceptedBy: 'carol' }]);
    expect(await listedAfter(1)).toEqual([]);
  });

  test('is not made for a name that is taken', async () => {
    const server = await startWatchedServer();
    const reply = await server.ask('POST', '/api/v1/invites', { as: server.alice, body: { name: 'bob' } });
    expect([reply.status, JSON.parse(reply.text).error?.reason]).toEqual([409, 'exists']);
  });

  test('leads into no group that has the name of one that is gone', async () => {
    const server = await startWatchedServer();
    await server.services.groups.create({ kind: 'system' }, 'vision');
    const { token } = await invite(server, { groups: ['vision'] });
    await server.services.groups.remove({ kind: 'system' }, 'vision');
    server.time.now = new Date(server.time.now.getTime() + 1000);
    await server.services.groups.create({ kind: 'system' }, 'vision');
    expect((await accept(server, token, 'dave')).status).toBe(201);
    expect((await server.services.groups.list())[0]?.members).toEqual([]);
  });

  test('is as good again when the name was taken or the password too short', async () => {
    const server = await startWatchedServer();
    const { token } = await invite(server);
    expect((await accept(server, token, 'bob')).status).toBe(409);
    const short = { token, name: 'carol', password: 'short' };
    expect((await server.ask('POST', '/api/v1/invites/acceptance', { body: short })).status).toBe(400);
    expect((await accept(server, token)).status).toBe(201);
  });

  test('cannot be guessed, and nothing in the database is one (AU-11, TK-19)', async () => {
    const server = await startWatchedServer();
    const { id, token } = await invite(server);
    const { text } = await server.ask('GET', '/api/v1/invites', { as: server.alice });
    expect(text).not.toContain(token);
    expect(JSON.parse(text).items).toMatchObject([{ id, state: 'open', createdBy: 'alice' }]);
    const statuses = new Set<number>();
    for (const wrong of [id, '', 'inv_', `inv_${id}`, token.slice(4), token.toUpperCase(), `${token}A`]) {
      statuses.add((await accept(server, wrong || 'x')).status);
    }
    expect([...statuses]).toEqual([404]);
    for (let attempt = 0; attempt < 30; attempt += 1) statuses.add((await inspect(server, 'inv_x')).status);
    expect([...statuses]).toEqual([404, 429]);
    expect((await accept(server, token)).status, 'a limit holds for the right one as well').toBe(429);
  });

  test('gives no more than it says, whatever comes with its acceptance (AZ-06, AU-09)', async () => {
    const server = await startWatchedServer();
    const { token } = await invite(server);
    const body = { token, name: 'carol', password, isAdmin: true, groups: ['x'], id: 'y', quota: 'none' };
    const made = await server.ask('POST', '/api/v1/invites/acceptance', { body });
    expect(JSON.parse(made.text).user).toMatchObject({ isAdmin: false });
    const { status } = await server.ask('POST', '/api/v1/invites', {
      as: server.bob,
      body: { isAdmin: true },
    });
    expect(status, 'only an administrator invites').toBe(403);
  });

  test('leads where DREY_PUBLIC_URL says, whatever host was asked (AU-11)', async () => {
    const server = await startWatchedServer({ DREY_PUBLIC_URL: 'https://files.example.org' });
    const reply = await server.ask('POST', '/api/v1/invites', {
      as: server.alice,
      body: {},
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
    });
    expect(JSON.parse(reply.text).url).toMatch(/^https:\/\/files\.example\.org\/invite#inv_/);
  });
});

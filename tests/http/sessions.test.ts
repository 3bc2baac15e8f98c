import { describe, expect, test } from 'vitest';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { password, type TestUser } from '../support/test-server.ts';

const day = 86_400_000;
const other = 'another long password';

async function signIn(server: WatchedServer, name = 'bob', given = password): Promise<{ Cookie: string }> {
  const { headers, status } = await server.ask('POST', '/api/v1/session', {
    body: { name, password: given },
  });
  expect(status).toBe(201);
  return { Cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
}
const statusOf = async (server: WatchedServer, headers: Record<string, string>) =>
  (await server.ask('GET', '/api/v1/session', { headers })).status;
const patch = (server: WatchedServer, as: TestUser, name: string, body: object) =>
  server.ask('PATCH', `/api/v1/users/${name}`, { as, body });

describe('a session', () => {
  test('that was ended is dead on the very next request, everywhere (AU-03)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/a.txt', 'a');
    const headers = await signIn(server);
    const etag = (await server.ask('GET', '/api/v1/content/bob/a.txt', { headers })).headers.etag as string;
    const ended = await server.ask('DELETE', '/api/v1/session', { headers });
    expect(ended.status).toBe(204);
    expect(ended.headers['set-cookie']?.[0]).toMatch(/^drey=; Path=\/; Expires=Thu, 01 Jan 1970/);
    for (const [method, target] of [
      ['GET', '/api/v1/session'],
      ['GET', '/api/v1/content/bob/a.txt'],
      ['GET', '/api/v1/entries/bob'],
      ['DELETE', '/api/v1/entries/bob/a.txt'],
      ['DELETE', '/api/v1/session'],
    ] as const) {
      const reply = await server.ask(method, target, { headers: { ...headers, 'If-None-Match': etag } });
      expect(reply.status, `${method} ${target}`).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Bearer');
    }
  });

  test('that has expired is not listed any more', async () => {
    const server = await startWatchedServer();
    await signIn(server);
    server.time.now = new Date(server.time.now.getTime() + 366 * day);
    const headers = await signIn(server);
    const { text } = await server.ask('GET', '/api/v1/sessions', { headers });
    expect(JSON.parse(text).items).toMatchObject([{ isCurrent: true }]);
  });

  test('ends when the password is changed, except the one that changed it (AU-03)', async () => {
    const server = await startWatchedServer();
    const [one, two] = [await signIn(server), await signIn(server)];
    const changed = await server.ask('PATCH', '/api/v1/users/bob', {
      headers: one,
      body: { password: other, currentPassword: password },
    });
    server.keepSecret(other);
    expect(changed.status).toBe(200);
    expect([await statusOf(server, one), await statusOf(server, two)]).toEqual([200, 401]);
    const old = await server.ask('POST', '/api/v1/session', { body: { name: 'bob', password } });
    expect(old.status).toBe(401);
    await signIn(server, 'bob', other);
  });

  test('ends when an administrator sets the password, disables or deletes the user (AU-03)', async () => {
    const server = await startWatchedServer();
    const before = await signIn(server);
    await patch(server, server.alice, 'bob', { password: other });
    expect(await statusOf(server, before)).toBe(401);
    const next = await signIn(server, 'bob', other);
    await patch(server, server.alice, 'bob', { isDisabled: true });
    expect(await statusOf(server, next)).toBe(401);
    await patch(server, server.alice, 'bob', { isDisabled: false });
    expect(await statusOf(server, next), 'enabling again revives no session').toBe(401);
    const last = await signIn(server, 'bob', other);
    await server.ask('DELETE', '/api/v1/users/bob', { as: server.alice });
    expect(await statusOf(server, last)).toBe(401);
  });

  test('of an administrator who is one no longer is an ordinary one at once (AU-03)', async () => {
    const server = await startWatchedServer();
    await server.createUser('carol', true);
    const headers = await signIn(server, 'carol');
    expect((await server.ask('GET', '/api/v1/users', { headers })).status).toBe(200);
    await patch(server, server.alice, 'carol', { isAdmin: false });
    expect((await server.ask('GET', '/api/v1/users', { headers })).status).toBe(403);
    expect(await statusOf(server, headers)).toBe(200);
  });

  test('lives for as long as it is used, and ends at the very instant its time is over', async () => {
    const server = await startWatchedServer({ DREY_SESSION_DAYS: '2' });
    const start = server.time.now.getTime();
    const headers = await signIn(server);
    server.time.now = new Date(start + 2 * day - 1);
    expect(await statusOf(server, headers)).toBe(200);
    server.time.now = new Date(start + 4 * day - 2);
    expect(await statusOf(server, headers)).toBe(200);
    server.time.now = new Date(start + 6 * day - 2);
    expect(await statusOf(server, headers)).toBe(401);
  });

  test('is listed to its user alone, without its secret, and ended by them alone (AZ-03)', async () => {
    const server = await startWatchedServer();
    const mine = await signIn(server);
    const agent = '<script>alert(1)</script>';
    await server.ask('POST', '/api/v1/session', {
      body: { name: 'bob', password },
      headers: { 'User-Agent': agent },
    });
    await signIn(server, 'alice');
    const { text } = await server.ask('GET', '/api/v1/sessions', { headers: mine });
    const rows = JSON.parse(text).items as { id: string; isCurrent: boolean; userAgent: string }[];
    expect(rows).toHaveLength(2);
    expect(rows.filter((row) => row.isCurrent)).toHaveLength(1);
    expect(rows.map((row) => row.userAgent)).toContain(agent);
    expect(text).not.toContain(mine.Cookie.slice(5));
    const own = rows.find((row) => row.isCurrent) as { id: string };
    for (const as of [server.alice, await server.createUser('carol')]) {
      expect((await server.ask('DELETE', `/api/v1/sessions/${own.id}`, { as })).status).toBe(404);
    }
    expect(await statusOf(server, mine)).toBe(200);
    expect((await server.ask('DELETE', `/api/v1/sessions/${own.id}`, { headers: mine })).status).toBe(204);
    expect(await statusOf(server, mine)).toBe(401);
  });

  test('is not opened by what a cookie is not, however many and however long (WB-14)', async () => {
    const server = await startWatchedServer();
    const { Cookie } = await signIn(server);
    const value = Cookie.slice(5);
    for (const wrong of [
      '',
      ' ',
      value.slice(1),
      `${value}x`,
      value.toLowerCase(),
      `"${value}"`,
      `${value}%20`,
      '__proto__',
      "' OR 1=1 --",
      'null',
    ]) {
      expect(await statusOf(server, { Cookie: `drey=${wrong}` }), wrong).toBe(401);
    }
    for (const name of ['Drey', 'xdrey', 'drey2', 'drey[]', '__Host-drey', '__Secure-drey']) {
      expect(await statusOf(server, { Cookie: `${name}=${value}` }), name).toBe(401);
    }
    const many = Array.from({ length: 100 }, (_, index) => `c${index}=x`).join('; ');
    expect(await statusOf(server, { Cookie: `${many}; ${Cookie}` })).toBe(200);
    expect(await statusOf(server, { Cookie: `junk=${'x'.repeat(8000)}; ${Cookie}` })).toBe(200);
    const tooLong = await fetch(`${server.origin}/api/v1/session`, {
      headers: { Cookie: `junk=${'x'.repeat(20_000)}` },
    });
    expect(tooLong.status).toBe(431);
    expect(await statusOf(server, { Cookie })).toBe(200);
  });
});

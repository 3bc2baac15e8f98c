import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startWatchedServer, tokenOf, type WatchedServer } from '../support/canaries.ts';
import { password, startTestServer, type TestUser } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

test('deleting a user gives back the space of what they had begun to upload (AZ-07)', async () => {
  const server = await startTestServer();
  const uri = Buffer.from('storage:big.bin').toString('base64');
  await server
    .as(server.bob)
    .post('/api/v1/uploads')
    .set({ 'Tus-Resumable': '1.0.0', 'Upload-Length': '1000', 'Upload-Metadata': `uri ${uri}` })
    .expect(201);
  const staged = () => readdir(join(server.homeOf('bob'), '.drey'), { recursive: true });
  expect((await staged()).filter((name) => name.includes('upload-'))).toHaveLength(1);
  await server.as(server.alice).delete('/api/v1/users/bob').expect(204);
  expect((await staged()).filter((name) => name.includes('upload-'))).toEqual([]);
});

/** bob, with a shared folder in his home, grants from and to him, a link, a token and an upload. */
async function startWithBob() {
  const server = await startWatchedServer();
  const carol = await server.createUser('carol');
  await mkdir(join(server.homeOf('bob'), 'team'));
  await writeFile(join(server.homeOf('bob'), 'team/a.txt'), 'of bob');
  const grant = (as: TestUser, uri: string, grantee: string, level: string) =>
    server.ask('POST', '/api/v1/grants', { as, body: { uri, grantee, level } });
  await grant(server.bob, 'storage:team', 'user:carol', 'manage');
  await grant(server.alice, 'storage:', 'user:bob', 'manage');
  await grant(server.bob, 'storage:/alice', 'user:carol', 'read');
  const link = await server.link(server.bob, { items: ['storage:team/a.txt'] });
  const carols = await server.link(carol, { items: ['storage:/bob/team/a.txt'] });
  return { server, carol, link, carols };
}
const remove = (server: WatchedServer, query = '') =>
  server.ask('DELETE', `/api/v1/users/bob${query}`, { as: server.alice });
const read = (server: WatchedServer, as: TestUser, path: string) =>
  server.ask('GET', `/api/v1/content/${path}`, { as });

describe('a deleted user', () => {
  test('leaves no grant, by them or to them, no link, no token; their files stay (AZ-07)', async () => {
    const { server, carol, link } = await startWithBob();
    expect((await server.ask('GET', '/api/v1/entries/alice', { as: carol })).status).toBe(200);
    expect((await remove(server)).status).toBe(204);
    expect((await server.ask('GET', `/s/${tokenOf(link)}/raw`)).status).toBe(404);
    expect((await server.ask('GET', '/api/v1/session', { as: server.bob })).status).toBe(401);
    expect((await server.ask('GET', '/api/v1/entries/alice', { as: carol })).status).toBe(404);
    expect((await read(server, carol, 'bob/team/a.txt')).status).toBe(404);
    const { text } = await server.ask('GET', '/api/v1/grants', { as: server.alice });
    expect(JSON.parse(text).items).toEqual([]);
    expect(await readFile(join(server.homeOf('bob'), 'team/a.txt'), 'utf8')).toBe('of bob');
  });

  test('has a namesake who gets nothing of theirs (AZ-07)', async () => {
    const { server, carol } = await startWithBob();
    await remove(server);
    const make = () =>
      server.ask('POST', '/api/v1/users', { as: server.alice, body: { name: 'bob', password } });
    expect((await make()).status, 'not while the files are there').toBe(409);
    await server.ask('POST', '/api/v1/orphaned-homes/bob', { as: server.alice, body: { to: 'carol' } });
    expect((await make()).status).toBe(201);
    const bob = await server.createUser('bob');
    const { text } = await server.ask('GET', '/api/v1/entries/bob', { as: bob });
    expect(JSON.parse(text).children.items).toEqual([]);
    expect((await server.ask('GET', '/api/v1/entries/alice', { as: bob })).status).toBe(404);
    expect((await read(server, bob, 'carol/from-bob/team/a.txt')).status).toBe(404);
    expect((await read(server, carol, 'carol/from-bob/team/a.txt')).status).toBe(200);
  });

  test("leaves a home that goes to whom the administrator says, others' links and grants with it (AZ-14)", async () => {
    const { server, carol, carols } = await startWithBob();
    const dave = await server.createUser('dave');
    await server.ask('POST', '/api/v1/grants', {
      as: carol,
      body: { uri: 'storage:/bob/team', grantee: 'user:dave', level: 'read' },
    });
    expect((await remove(server, '?giveHomeTo=nobody')).status).toBe(404);
    expect((await remove(server, '?giveHomeTo=bob')).status).toBe(400);
    expect((await server.ask('GET', '/api/v1/session', { as: server.bob })).status, 'still here').toBe(200);
    expect((await remove(server, '?giveHomeTo=alice')).status).toBe(204);
    expect((await read(server, server.alice, 'alice/from-bob/team/a.txt')).text).toBe('of bob');
    expect((await read(server, dave, 'alice/from-bob/team/a.txt')).status).toBe(200);
    expect((await server.ask('GET', `/s/${tokenOf(carols)}/raw`)).status, 'carol may not link any more').toBe(
      410,
    );
    expect(await readdir(join(server.dataFolder, 'storage'))).not.toContain('bob');
    const orphans = await server.ask('GET', '/api/v1/orphaned-homes', { as: server.alice });
    expect(JSON.parse(orphans.text).items).toEqual([]);
    const log = await server.ask('GET', '/api/v1/audit?action=user.home', { as: server.alice });
    expect(JSON.parse(log.text).items).toMatchObject([
      {
        actor: { name: 'alice' },
        target: 'user:alice',
        uri: 'storage://home/alice/from-bob',
        detail: { from: 'bob' },
      },
    ]);
  });

  test("is the only one whose home can be given away; an administrator cannot take a living one's", async () => {
    const { server } = await startWithBob();
    const give = (name: string, to = 'alice') =>
      server.ask('POST', `/api/v1/orphaned-homes/${name}`, { as: server.alice, body: { to } });
    for (const name of ['bob', 'nobody', 'alice', '..', '.drey', '%2e%2e%2fkeys', 'bob%2fteam']) {
      expect((await give(name)).status, name).toBe(404);
    }
    await mkdir(join(server.homeOf('alice'), 'from-bob'));
    await remove(server);
    const orphans = await server.ask('GET', '/api/v1/orphaned-homes', { as: server.alice });
    expect(JSON.parse(orphans.text).items).toEqual([{ name: 'bob' }]);
    const given = await give('bob');
    expect(JSON.parse(given.text)).toEqual({ uri: 'storage://home/alice/from-bob%20(2)' });
    expect((await give('bob')).status).toBe(404);
  });
});

const size = 64 << 20;

/** Begins to read a file that the socket cannot take at once; answers how much came once the server has cut it off. */
async function startDownload(server: WatchedServer, headers: Record<string, string>) {
  await writeFile(join(server.homeOf('bob'), 'large.bin'), Buffer.alloc(size));
  const cuts = () => server.logLines.filter((line) => line.includes('was cut')).length;
  const before = cuts();
  const request = get(`${server.origin}/api/v1/content/bob/large.bin`, { headers });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return async () => {
    await waitUntil('the transfer is cut', () => cuts() > before, 15_000);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => (bytes += chunk.length));
    response.on('error', () => {});
    await new Promise((resolve) => response.once('close', resolve));
    return bytes;
  };
}

describe('what someone has running', () => {
  test('is cut when they are disabled, when their token is deleted, and when they are deleted (AU-03)', async () => {
    const server = await startWatchedServer();
    const byToken = { Authorization: `Bearer ${server.bob.token}` };
    const first = await startDownload(server, byToken);
    await server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { isDisabled: true } });
    expect(await first()).toBeLessThan(size);
    await server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { isDisabled: false } });
    const list = await server.ask('GET', '/api/v1/tokens', { as: server.bob });
    const second = await startDownload(server, byToken);
    const { id } = JSON.parse(list.text).items[0] as { id: string };
    await server.ask('DELETE', `/api/v1/tokens/${id}`, { as: server.bob });
    expect(await second()).toBeLessThan(size);
    const third = await startDownload(server, {
      Authorization: `Bearer ${(await server.createUser('bob')).token}`,
    });
    await remove(server);
    expect(await third()).toBeLessThan(size);
  });

  test('is cut when the session it came with is ended elsewhere (AU-03)', async () => {
    const server = await startWatchedServer();
    const signIn = async () => {
      const { headers } = await server.ask('POST', '/api/v1/session', { body: { name: 'bob', password } });
      return { Cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
    };
    const one = await signIn();
    const cut = await startDownload(server, one);
    const rows = await server.ask('GET', '/api/v1/sessions', { headers: one });
    const { id } = JSON.parse(rows.text).items[0] as { id: string };
    await server.ask('DELETE', `/api/v1/sessions/${id}`, { headers: await signIn() });
    expect(await cut()).toBeLessThan(size);
  });

  test('is cut when its token or session expires (AU-03)', async () => {
    const server = await startWatchedServer();
    const { headers } = await server.ask('POST', '/api/v1/session', { body: { name: 'bob', password } });
    const session = { Cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
    const made = await server.ask('POST', '/api/v1/tokens', {
      as: server.bob,
      body: { expiresIn: 3600 },
      mayHoldToken: true,
    });
    const { token } = JSON.parse(made.text) as { token: string };
    server.keepSecret(token);
    for (const way of [{ Authorization: `Bearer ${token}` }, session]) {
      const cut = await startDownload(server, way);
      server.time.now = new Date(server.time.now.getTime() + (way === session ? 366 * 24 : 1) * 3_600_000);
      expect(await cut(), Object.keys(way)[0]).toBeLessThan(size);
    }
  });
});

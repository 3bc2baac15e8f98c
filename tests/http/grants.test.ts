import { mkdir, readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startWatchedServer, tokenOf, type WatchedServer } from '../support/canaries.ts';
import { startServerOn, type TestUser } from '../support/test-server.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { readingDoors, writingDoors } from '../support/user-doors.ts';

/** bob's home holds `team/deep/a.txt` and `team/b.txt` among things that are nobody's business; carol is a user. */
async function startWithTeam() {
  const server = await startWatchedServer();
  const carol = await server.createUser('carol');
  const home = server.homeOf('bob');
  await mkdir(join(home, 'team/deep/er'), { recursive: true });
  await writeFile(join(home, 'team/deep/a.txt'), 'a');
  await writeFile(join(home, 'team/b.txt'), 'b');
  await server.plant(home);
  const grant = (uri: string, level: string, grantee = 'user:carol', as: TestUser = server.bob) =>
    server.ask('POST', '/api/v1/grants', { as, body: { uri, grantee, level } });
  const takeBack = (uri: string, grantee = 'user:carol', as: TestUser = server.bob) =>
    server.ask('DELETE', `/api/v1/grants?uri=${encodeURIComponent(uri)}&grantee=${grantee}`, { as });
  return { server, carol, home, grant, takeBack };
}

async function namesIn(server: WatchedServer, as: TestUser, path: string): Promise<string[]> {
  const { status, text } = await server.ask('GET', `/api/v1/entries/${path}`, { as });
  expect(status, path).toBe(200);
  return JSON.parse(text).children.items.map((item: { name: string }) => item.name);
}

async function levelOn(server: WatchedServer, as: TestUser, path: string): Promise<string | undefined> {
  const { status, text } = await server.ask('GET', `/api/v1/entries/${path}?limit=0`, { as });
  return status === 200 ? JSON.parse(text).entry.level : undefined;
}

describe('a grant', () => {
  test('opens its subtree, and of what is above only the way to it', async () => {
    const { server, carol, grant } = await startWithTeam();
    await grant('storage:team/deep', 'read');
    expect(await namesIn(server, carol, 'bob')).toEqual(['team']);
    expect(await namesIn(server, carol, 'bob/team')).toEqual(['deep']);
    expect(await namesIn(server, carol, 'bob/team/deep')).toEqual(['er', 'a.txt']);
    const levels = await Promise.all(
      ['bob', 'bob/team', 'bob/team/deep', 'bob/team/deep/a.txt', 'bob/team/b.txt', 'bob/CANARY.txt'].map(
        (path) => levelOn(server, carol, path),
      ),
    );
    expect(levels).toEqual(['list', 'list', 'read', 'read', undefined, undefined]);
    const { text } = await server.ask('GET', '/api/v1/roots', { as: carol });
    expect(JSON.parse(text).items.map((root: { name: string }) => root.name)).toEqual(['carol', 'bob']);
  });

  test('of list shows the names at any depth below, and no byte of them', async () => {
    const { server, carol, grant } = await startWithTeam();
    await server.plant(join(server.homeOf('bob'), 'team/deep'));
    await grant('storage:team', 'list');
    expect(await namesIn(server, carol, 'bob/team')).toEqual(['deep', 'b.txt']);
    expect(await namesIn(server, carol, 'bob/team/deep')).toEqual(['er', 'a.txt', 'CANARY.txt']);
    for (const door of readingDoors('bob/team/deep/CANARY.txt')) {
      const { status } = await server.ask(door.method, door.target, { ...door.options, as: carol });
      expect(status, door.name).toBe(door.name === 'entry' ? 200 : 403);
    }
  });

  test('that is deeper raises the level, and never lowers it', async () => {
    const { server, carol, grant } = await startWithTeam();
    await grant('storage:team', 'write');
    const lesser = await grant('storage:team/deep', 'read');
    expect(JSON.parse(lesser.text)).toMatchObject({
      level: 'read',
      effectiveLevel: 'write',
      warning: expect.stringContaining('write'),
    });
    expect(await levelOn(server, carol, 'bob/team/deep/a.txt')).toBe('write');
    const higher = JSON.parse((await grant('storage:team/deep', 'manage')).text);
    expect(higher).toMatchObject({ effectiveLevel: 'manage' });
    expect(higher).not.toHaveProperty('warning');
    expect(await levelOn(server, carol, 'bob/team/deep/a.txt')).toBe('manage');
    expect(await levelOn(server, carol, 'bob/team/b.txt')).toBe('write');
  });

  test("given again by another is the other's, and outlives the first giver", async () => {
    const { server, carol, grant } = await startWithTeam();
    const dave = await server.createUser('dave');
    await grant('storage:team', 'manage');
    await grant('storage:/bob/team/deep', 'read', 'user:dave', carol);
    await grant('storage:team/deep', 'read', 'user:dave');
    const { text } = await server.ask('GET', '/api/v1/grants', { as: carol });
    expect(JSON.parse(text).items).toEqual([]);
    expect((await server.ask('DELETE', '/api/v1/users/carol', { as: server.alice })).status).toBe(204);
    expect(await levelOn(server, dave, 'bob/team/deep')).toBe('read');
  });

  test('that is changed says who gave it last, and when, as it was answered', async () => {
    const { server, grant } = await startWithTeam();
    await grant('storage:team', 'read');
    await grant('storage:team', 'manage', 'user:alice');
    server.time.now = new Date(server.time.now.getTime() + 86_400_000);
    const { level, grantedBy, createdAt } = JSON.parse(
      (await grant('storage://home/bob/team', 'write', 'user:carol', server.alice)).text,
    );
    expect({ level, grantedBy, createdAt }).toEqual({
      level: 'write',
      grantedBy: 'alice',
      createdAt: server.time.now.toISOString(),
    });
    const { text } = await server.ask('GET', '/api/v1/grants?uri=storage:team', { as: server.bob });
    expect(JSON.parse(text).items).toContainEqual(expect.objectContaining({ level, grantedBy, createdAt }));
  });

  test('is given and taken only by who holds manage there, and never on what does not exist (AZ-06, SH-08)', async () => {
    const { carol, grant, takeBack } = await startWithTeam();
    for (const [level, status] of [
      ['list', 403],
      ['read', 403],
      ['write', 403],
      ['manage', 201],
    ] as const) {
      await grant('storage:team', level);
      expect((await grant('storage:/bob/team/deep', 'manage', 'user:alice', carol)).status, level).toBe(
        status,
      );
      expect((await grant('storage:/bob', 'manage', 'user:carol', carol)).status, level).toBe(403);
      expect((await takeBack('storage:/bob/team/nothing', 'user:carol', carol)).status, level).toBe(
        level === 'manage' ? 404 : 403,
      );
    }
    expect((await grant('storage:/alice', 'read', 'user:carol', carol)).status).toBe(404);
    expect((await grant('storage:nothing', 'read')).status).toBe(404);
    expect((await grant('storage:team', 'read', 'user:nobody')).status).toBe(404);
    for (const grantee of [
      'carol',
      'user:',
      'user:../x',
      'user:Carol',
      'everyone',
      'public ',
      '',
      'group:',
      'user:carol\n',
    ]) {
      expect((await grant('storage:team', 'read', grantee)).status, JSON.stringify(grantee)).toBe(400);
    }
    for (const level of ['admin', 'owner', '', 'Read', null, 3, ['read'], '__proto__']) {
      const { status } = await grant('storage:team', level as string);
      expect(status, JSON.stringify(level)).toBe(400);
    }
  });

  test('that is narrowed or taken back acts on the very next request (AZ-04)', async () => {
    const { server, carol, grant, takeBack } = await startWithTeam();
    const put = () => server.ask('PUT', '/api/v1/content/bob/team/c.txt', { as: carol, body: 'c' });
    const etag = (await server.ask('GET', '/api/v1/content/bob/team/b.txt', { as: server.bob })).headers
      .etag as string;
    await grant('storage:team', 'write');
    expect((await put()).status).toBe(201);
    const upload = await server.ask('POST', '/api/v1/uploads', {
      as: carol,
      headers: {
        'Tus-Resumable': '1.0.0',
        'Upload-Length': '1',
        'Upload-Metadata': `uri ${Buffer.from('storage:/bob/team/up.txt').toString('base64')}`,
      },
    });
    const location = upload.headers.location as string;
    const finish = () =>
      server.ask('PATCH', location, {
        as: carol,
        headers: {
          'Tus-Resumable': '1.0.0',
          'Upload-Offset': '0',
          'Content-Type': 'application/offset+octet-stream',
        },
        body: 'x',
      });
    await grant('storage:team', 'read');
    expect((await put()).status).toBe(403);
    expect((await finish()).status).toBe(403);
    await takeBack('storage:team');
    for (const door of [...readingDoors('bob/team/b.txt'), ...writingDoors('bob/team/b.txt', 'carol/x')]) {
      const { status } = await server.ask(door.method, door.target, { ...door.options, as: carol });
      expect(status, door.name).toBe(404);
    }
    const conditional = await server.ask('GET', '/api/v1/content/bob/team/b.txt', {
      as: carol,
      headers: { 'If-None-Match': etag },
    });
    expect([conditional.status, conditional.headers.etag]).toEqual([404, undefined]);
    expect((await server.ask('GET', '/api/v1/entries/bob/team', { as: server.bob })).text).not.toContain(
      'up.txt',
    );
  });

  test('to the public is for whoever is signed in, and for nobody else', async () => {
    const { server, carol, grant, takeBack } = await startWithTeam();
    await grant('storage:team', 'read', 'public');
    expect((await server.ask('GET', '/api/v1/content/bob/team/b.txt', { as: carol })).text).toBe('b');
    expect((await server.ask('GET', '/api/v1/content/bob/team/b.txt')).status).toBe(401);
    await takeBack('storage:team', 'public');
    expect((await server.ask('GET', '/api/v1/content/bob/team/b.txt', { as: carol })).status).toBe(404);
  });

  test("goes along when its entry moves, and ends when that is deleted: a new one is not its grantee's (SH-10, SH-19)", async () => {
    const { server, carol, grant } = await startWithTeam();
    await grant('storage:team/deep', 'write');
    await server.ask('POST', '/api/v1/moves', {
      as: server.bob,
      body: { from: ['storage:team'], to: 'storage:moved', into: false },
    });
    expect(await levelOn(server, carol, 'bob/moved/deep/a.txt')).toBe('write');
    await server.ask('PUT', '/api/v1/directories/bob/team', { as: server.bob });
    await server.ask('PUT', '/api/v1/directories/bob/team/deep', { as: server.bob });
    expect(await levelOn(server, carol, 'bob/team/deep')).toBeUndefined();
    await server.ask('DELETE', '/api/v1/entries/bob/moved', { as: server.bob });
    await server.ask('PUT', '/api/v1/directories/bob/moved', { as: server.bob });
    await server.ask('PUT', '/api/v1/directories/bob/moved/deep', { as: server.bob });
    expect(await levelOn(server, carol, 'bob/moved/deep')).toBeUndefined();
  });

  test('on a file that replaces another, or on a folder merged into one, meets the grant that is there (SH-19)', async () => {
    const { server, carol, grant, home } = await startWithTeam();
    const replace = (from: string, to: string) =>
      server.ask('POST', '/api/v1/moves', {
        as: server.bob,
        body: { from: [from], to, into: false, onConflict: 'replace' },
      });
    await server.put(server.bob, 'bob/new.txt', 'new');
    await grant('storage:new.txt', 'read');
    await grant('storage:team/b.txt', 'write');
    expect((await replace('storage:new.txt', 'storage:team/b.txt')).status).toBe(200);
    expect(await levelOn(server, carol, 'bob/team/b.txt')).toBe('read');

    await mkdir(join(home, 'other/deep'), { recursive: true });
    await grant('storage:team', 'manage');
    await grant('storage:team/deep', 'manage');
    await grant('storage:other', 'list');
    expect((await replace('storage:team', 'storage:other')).status).toBe(200);
    expect(await levelOn(server, carol, 'bob/other')).toBe('list');
    expect(await levelOn(server, carol, 'bob/other/deep')).toBe('list');
    const again = await startServerOn(server.dataFolder);
    await again.close();
  });

  test("does not open a second user's home that has the first one's name (AZ-07)", async () => {
    const { server, carol, grant } = await startWithTeam();
    await grant('storage:', 'read');
    await server.put(carol, 'carol/mine.txt', 'mine');
    await grant('storage:/carol/mine.txt', 'read', 'user:bob', carol);
    expect((await server.ask('DELETE', '/api/v1/users/carol', { as: server.alice })).status).toBe(204);
    const refused = await server.ask('POST', '/api/v1/users', {
      as: server.alice,
      body: { name: 'carol', password: 'long enough 1' },
    });
    expect([refused.status, JSON.parse(refused.text).error.reason]).toEqual([409, 'home_in_use']);
    const { text } = await server.ask('GET', '/api/v1/grants', { as: server.bob });
    expect(JSON.parse(text).items).toEqual([]);
  });

  test('on the home of someone deleted is none on the home of the next one of that name (AZ-07)', async () => {
    const { server, carol, home, grant } = await startWithTeam();
    await grant('storage:team', 'manage');
    const dave = await server.createUser('dave');
    await grant('storage:/bob/team', 'manage', 'user:dave', carol);
    expect((await server.ask('DELETE', '/api/v1/users/bob', { as: server.alice })).status).toBe(204);
    expect(await levelOn(server, dave, 'bob/team')).toBe('manage');
    expect(await levelOn(server, carol, 'bob/team'), 'what bob gave ends with bob').toBeUndefined();
    await rename(home, join(server.dataFolder, 'moved-away'));
    await server.createUser('bob');
    await server.plant(join(home, 'team'));
    for (const door of [
      ...readingDoors('bob/team/CANARY.txt'),
      ...writingDoors('bob/team/CANARY.txt', 'dave/x'),
    ]) {
      const { status } = await server.ask(door.method, door.target, { ...door.options, as: dave });
      expect(status, door.name).toBe(404);
    }
    await rename(join(server.dataFolder, 'moved-away/CANARY.txt'), join(home, 'CANARY.txt'));
  });

  test('answers alike for what may not be seen and for what is not there (WB-12)', async () => {
    const { server, carol, grant } = await startWithTeam();
    await grant('storage:team/deep', 'read');
    for (const [hidden, nothing] of [
      ['bob/CANARY.txt', 'bob/nothing'],
      ['bob/team/b.txt', 'bob/team/x'],
      ['alice/CANARY.txt', 'nobody/x'],
      ['alice', 'nobody'],
    ] as const) {
      const doors = (path: string) => [...readingDoors(path), ...writingDoors(path, 'carol/x')];
      for (const [index, door] of doors(hidden).entries()) {
        const other = doors(nothing)[index] as typeof door;
        const one = await server.ask(door.method, door.target, { ...door.options, as: carol });
        const two = await server.ask(other.method, other.target, { ...other.options, as: carol });
        expect([one.status, one.text], `${door.name} of ${hidden}`).toEqual([two.status, two.text]);
        expect(one.status).toBe(404);
      }
    }
  });

  test('lets a link of the grantee live no longer than itself (SH-07)', async () => {
    const { server, carol, grant, takeBack } = await startWithTeam();
    await grant('storage:team', 'manage');
    const token = tokenOf(await server.link(carol, { items: ['storage:/bob/team/b.txt'] }));
    expect((await server.ask('GET', `/s/${token}/raw`)).text).toBe('b');
    await takeBack('storage:team');
    expect((await server.ask('GET', `/s/${token}/raw`)).status).toBe(410);
  });

  test('tells nobody who has lost it where the things are now that they shared on (AZ-04)', async () => {
    const { server, carol, home, grant, takeBack } = await startWithTeam();
    await grant('storage:team', 'manage');
    const { id } = await server.link(carol, { items: ['storage:/bob/team/deep'] });
    await grant('storage:/bob/team/deep', 'read', 'user:alice', carol);
    await takeBack('storage:team');
    const moved = { from: ['storage:team/deep'], to: 'storage:team/layoffs', into: false };
    await server.ask('POST', '/api/v1/moves', { as: server.bob, body: moved });
    expect(await readdir(join(home, 'team'))).toContain('layoffs');
    const asCarol = async (method: string, target: string, body?: object) =>
      (await server.ask(method, `/api/v1/${target}`, { as: carol, ...(body && { body }) })).text;
    for (const text of [
      await asCarol('GET', 'links'),
      await asCarol('GET', `links/${id}`),
      await asCarol('PATCH', `links/${id}`, { label: 'mine' }),
      await asCarol('GET', 'grants'),
      await asCarol('GET', 'grants?shared=1'),
    ]) {
      expect(text).not.toContain('layoffs');
    }
    expect(JSON.parse(await asCarol('GET', `links/${id}`))).toMatchObject({ state: 'orphaned', items: [] });
    // Seen again, told again.
    await grant('storage:team', 'read');
    expect(await asCarol('GET', `links/${id}`)).toContain('layoffs');
  });

  test('is not given to oneself, where it would outlive the right by which it is given', async () => {
    const { server, carol, grant, takeBack } = await startWithTeam();
    await grant('storage:team', 'manage');
    const { status, text } = await grant('storage:/bob/team/deep', 'manage', 'user:carol', carol);
    expect([status, JSON.parse(text).error.reason]).toEqual([400, 'own']);
    await takeBack('storage:team');
    expect(await levelOn(server, carol, 'bob/team/deep')).toBeUndefined();
  });
});

test('a grant that is taken away in the middle of a download lets that come to its end, and refuses the next request (CC-08)', async () => {
  const { server, carol, home, grant, takeBack } = await startWithTeam();
  const bytes = 32_000_000;
  await truncate(join(home, 'team/b.txt'), bytes);
  await grant('storage:team', 'read');
  const download = new RawConnection(server.origin);
  const headers: [string, string][] = [...usual(server.origin, carol), ['Connection', 'close']];
  download.send(requestHead('GET', '/api/v1/content/bob/team/b.txt', headers));
  await download.until('\r\n\r\n');
  download.socket.pause();
  expect((await takeBack('storage:team')).status).toBe(204);
  for (const door of ['content', 'entries', 'checksums']) {
    expect((await server.ask('GET', `/api/v1/${door}/bob/team/b.txt`, { as: carol })).status, door).toBe(404);
  }
  const headEnd = download.received.indexOf('\r\n\r\n') + 4;
  let received = download.received.length - headEnd;
  expect(received).toBeLessThan(bytes);
  download.socket.removeAllListeners('data').on('data', (chunk) => (received += chunk.length));
  download.socket.resume();
  await download.closed();
  expect(received).toBe(bytes);
});

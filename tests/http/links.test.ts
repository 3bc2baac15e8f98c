import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { linkDoors, startWatchedServer, tokenOf, type WatchedServer } from '../support/canaries.ts';
import type { TestUser } from '../support/test-server.ts';

type Ending = 'expired' | 'revoked' | 'orphaned';
const second = 1000;

/** A server with `docs/a.txt` and `docs/sub/b.txt` in bob's home, canaries beside them, and a link on `docs`. */
async function startWithFolder() {
  const server = await startWatchedServer();
  const home = server.homeOf('bob');
  await mkdir(join(home, 'docs/sub'), { recursive: true });
  await writeFile(join(home, 'docs/a.txt'), 'bytes of a');
  await writeFile(join(home, 'docs/sub/b.txt'), 'bytes of b');
  await server.plant(home);
  const link = await server.link(server.bob, { items: ['storage:docs'] });
  return { server, home, link, token: tokenOf(link) };
}

const doorsOf = (token: string) => [
  ...linkDoors(token),
  ...linkDoors(token, 'docs/a.txt'),
  ...linkDoors(token, 'docs'),
];

/** Every door answers 410 with that one word; none tells a name, a size or an owner. */
async function expectGone(server: WatchedServer, token: string, word: Ending): Promise<void> {
  const bodies = new Set<string>();
  for (const [method, target] of doorsOf(token)) {
    const { status, text, headers } = await server.ask(method, target);
    expect(status, `${method} ${target}`).toBe(410);
    for (const told of ['docs', 'a.txt', 'bob', 'etag', 'content-disposition', 'last-modified']) {
      expect(text + JSON.stringify(headers), `${method} ${target}`).not.toContain(told);
    }
    if (method === 'GET') bodies.add(text);
  }
  expect(
    [...bodies].map((text) => (text.startsWith('{') ? JSON.parse(text).error.reason : text.trim())),
  ).toEqual([word, word]);
}

async function expectAlive(server: WatchedServer, token: string, path = 'docs/a.txt', text = 'bytes of a') {
  const reply = await server.ask('GET', `/s/${token}/raw/${path}`);
  expect([reply.status, reply.text]).toEqual([200, text]);
}

const send = (server: WatchedServer, as: TestUser, method: string, target: string, body?: object) =>
  server.ask(method, `/api/v1/${target}`, { as, ...(body && { body }) });

describe('a link', () => {
  test('without an expiry is permanent and serves the bytes to someone without an account', async () => {
    const { server, link, token } = await startWithFolder();
    expect(link.expiresAt).toBeNull();
    server.time.now = new Date(server.time.now.getTime() + 50 * 365 * 86_400 * second);
    await expectAlive(server, token);
  });

  test('on one file answers it at /raw, and nothing beside it (SH-01)', async () => {
    const { server, home } = await startWithFolder();
    await server.plant(join(home, 'docs'), 'a.txt.bak');
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs/a.txt'] }));
    await expectAlive(server, token, 'a.txt');
    expect((await server.ask('GET', `/s/${token}/raw`)).text).toBe('bytes of a');
    for (const path of [
      'a.txt.bak',
      'sub',
      'sub/b.txt',
      'docs',
      'docs/a.txt',
      'a.txt/sub',
      '..',
      '%2e%2e',
      'a.txt/..',
      'bob',
      '',
    ]) {
      for (const [method, target] of linkDoors(token, path)) {
        // The plain listing, which is looked at below.
        if (target.split('?')[0] === `/s/${token}/raw/`) continue;
        const { status } = await server.ask(method, target);
        expect([400, 404], `${method} ${target}`).toContain(status);
      }
    }
    const { text: listing } = await server.ask('GET', `/s/${token}/raw/`);
    expect([...listing.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(['a.txt']);
    const { text } = await server.ask('GET', `/s/${token}/entries`);
    expect(JSON.parse(text).children.items.map((item: { path: string }) => item.path)).toEqual(['a.txt']);
  });

  test('answers no zip at all when one of the wanted items lies outside (SH-03)', async () => {
    const { server, home, token } = await startWithFolder();
    await server.plant(join(home, 'docs-evil'));
    for (const outside of [
      '../CANARY.txt',
      'docs/../CANARY.txt',
      '/etc/passwd',
      '/bob/CANARY.txt',
      'docs-evil/CANARY.txt',
      'CANARY.txt',
      'docs/nothing',
      '',
      'docs/',
      'docs//a.txt',
      'docs%00',
    ]) {
      for (const query of [`item=docs/a.txt&item=${outside}`, `item=${outside}&item=docs`]) {
        const { status, headers } = await server.ask('GET', `/s/${token}/zip?${query}`);
        expect([400, 404], query).toContain(status);
        expect(headers['content-type']).toMatch(/^application\/json/);
        const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
        const posted = await server.ask('POST', `/s/${token}/zip`, { headers: form, body: query });
        expect(posted.status, `form ${query}`).toBe(status);
      }
    }
  });

  test('shows names and sizes under the link, and nothing of where they lie or whose they are (SH-14)', async () => {
    const { server, link, token } = await startWithFolder();
    for (const path of ['', '/docs', '/docs/sub', '/docs/a.txt']) {
      const { text } = await server.ask('GET', `/s/${token}/entries${path}`);
      expect(text).not.toMatch(/storage:|\/bob|"uri"|password|hash|"level"|"id"|manage/);
    }
    const own = (await send(server, server.bob, 'GET', `links/${link.id}`)).text;
    expect(own).not.toMatch(/secret|"creator_id"|\$argon2|@/);
    for (const as of [server.alice, await server.createUser('carol')]) {
      expect((await send(server, as, 'GET', `links/${link.id}`)).status).toBe(404);
      expect((await send(server, as, 'DELETE', `links/${link.id}`)).status).toBe(404);
      expect(JSON.parse((await send(server, as, 'GET', 'links')).text).items).toEqual([]);
    }
    await expectAlive(server, token);
  });

  test('is made only by who holds manage, on what is there, and is never on a whole root (SH-08, SH-09, SH-20)', async () => {
    const { server } = await startWithFolder();
    const carol = await server.createUser('carol');
    const make = (as: TestUser, uri: string) => send(server, as, 'POST', 'links', { items: [uri] });
    expect((await make(carol, 'storage:/bob/docs')).status).toBe(404);
    for (const [level, status] of [
      ['list', 403],
      ['read', 403],
      ['write', 403],
      ['manage', 201],
    ] as const) {
      await send(server, server.bob, 'POST', 'grants', { uri: 'storage:docs', grantee: 'user:carol', level });
      expect((await make(carol, 'storage:/bob/docs/a.txt')).status, level).toBe(status);
      expect((await make(carol, 'storage:/bob')).status).toBe(403);
    }
    for (const nothing of ['storage:nothing', 'storage:docs/nothing', 'storage:docs/a.txt/x']) {
      expect((await make(server.bob, nothing)).status, nothing).toBe(404);
    }
    for (const root of ['storage:', 'storage:/bob']) {
      const { status, text } = await make(server.bob, root);
      expect([status, JSON.parse(text).error.reason], root).toEqual([400, 'is_root']);
    }
    expect((await make(server.alice, 'storage:/bob/docs')).status).toBe(404);
    const mixed = await send(server, server.bob, 'POST', 'links', {
      items: ['storage:docs', 'storage:/alice'],
    });
    expect(mixed.status).toBe(404);
    const empty = await send(server, server.bob, 'POST', 'links', { items: [] });
    expect(empty.status).toBe(400);
  });

  test('on something that did not exist is not made, and does not awake when it comes to exist (SH-09)', async () => {
    const { server } = await startWithFolder();
    const early = await send(server, server.bob, 'POST', 'links', { items: ['storage:later.txt'] });
    expect(early.status).toBe(404);
    await server.put(server.bob, 'bob/later.txt', 'later');
    expect(JSON.parse((await send(server, server.bob, 'GET', 'links')).text).items).toHaveLength(1);
  });
});

describe('an expiry', () => {
  test('ends the link at its very instant, not a moment earlier (TK-12)', async () => {
    const { server } = await startWithFolder();
    const start = server.time.now.getTime();
    const { url } = await server.link(server.bob, { items: ['storage:docs'], expiresIn: 60 });
    const token = tokenOf({ url });
    for (const [at, isAlive] of [
      [0, true],
      [60 * second - 1, true],
      [60 * second, false],
      [60 * second + 1, false],
    ] as const) {
      server.time.now = new Date(start + at);
      if (isAlive) await expectAlive(server, token);
      else await expectGone(server, token, 'expired');
    }
    server.time.now = new Date(start);
    await expectAlive(server, token);
  });

  test('that is past, no date, no number, or further away than ten years is refused (TK-12)', async () => {
    const { server } = await startWithFolder();
    const now = server.time.now.getTime();
    const at = (ms: number) => new Date(now + ms).toISOString();
    const bad = [
      { expiresAt: at(0) },
      { expiresAt: at(-1) },
      { expiresAt: at(3651 * 86_400 * second) },
      { expiresAt: '9999-12-31T23:59:59Z' },
      { expiresAt: '+058000-01-01T00:00:00Z' },
      { expiresAt: '2026-02-30T00:00:00Z' },
      { expiresAt: 'tomorrow' },
      { expiresAt: '' },
      { expiresAt: now + 1e6 },
      { expiresAt: ['2100-01-01T00:00:00Z'] },
      { expiresIn: 0 },
      { expiresIn: -1 },
      { expiresIn: 1.5 },
      { expiresIn: '60' },
      { expiresIn: 3651 * 86_400 },
      { expiresIn: Number.MAX_SAFE_INTEGER },
      { expiresIn: [60] },
      { expiresIn: {} },
      { expiresIn: 60, expiresAt: at(60_000) },
    ];
    for (const expiry of bad) {
      const { status } = await send(server, server.bob, 'POST', 'links', {
        items: ['storage:docs'],
        ...expiry,
      });
      expect(status, JSON.stringify(expiry)).toBe(400);
    }
    for (const number of ['1e400', '-1e400', 'NaN']) {
      const body = `{"items":["storage:docs"],"expiresIn":${number}}`;
      const headers = { 'Content-Type': 'application/json' };
      const { status } = await server.ask('POST', '/api/v1/links', { as: server.bob, body, headers });
      expect(status, number).toBe(400);
    }
    for (const expiry of [
      { expiresAt: at(1) },
      { expiresIn: 1 },
      { expiresIn: 3650 * 86_400 },
      { expiresIn: null, expiresAt: null },
    ]) {
      const { status } = await send(server, server.bob, 'POST', 'links', {
        items: ['storage:docs'],
        ...expiry,
      });
      expect(status, JSON.stringify(expiry)).toBe(201);
    }
  });
});

describe('revoking', () => {
  test('acts on the very next request at every door, whatever the client still holds (SH-05)', async () => {
    const { server, link, token } = await startWithFolder();
    const first = await server.ask('GET', `/s/${token}/raw/docs/a.txt`);
    const etag = first.headers.etag as string;
    const page = await server.ask('GET', `/s/${token}/entries/docs?limit=1`);
    const cursor = encodeURIComponent(JSON.parse(page.text).children.next);
    expect((await send(server, server.bob, 'DELETE', `links/${link.id}`)).status).toBe(204);
    await expectGone(server, token, 'revoked');
    const held = [
      await server.ask('GET', `/s/${token}/raw/docs/a.txt`, {
        headers: { Range: 'bytes=4-', 'If-Range': etag },
      }),
      await server.ask('GET', `/s/${token}/raw/docs/a.txt`, { headers: { 'If-None-Match': etag } }),
      await server.ask('GET', `/s/${token}/raw/docs/a.txt`, { headers: { 'If-Match': '"other"' } }),
      await server.ask('GET', `/s/${token}/entries/docs?limit=1&cursor=${cursor}`),
      await server.ask('GET', `/s/${token}/raw/docs/a.txt`, { as: server.bob }),
    ];
    for (const { status, headers } of held) {
      expect(status).toBe(410);
      expect(headers.etag).toBeUndefined();
    }
    expect(JSON.parse((await send(server, server.bob, 'GET', `links/${link.id}`)).text).state).toBe(
      'revoked',
    );
  });

  test('is for good, can be said twice, and leaves a second link on the same file alone (SH-24, SH-11)', async () => {
    const { server, link, token } = await startWithFolder();
    const twin = await server.link(server.bob, { items: ['storage:docs'] });
    expect(tokenOf(twin)).not.toBe(token);
    for (let round = 0; round < 2; round += 1) {
      expect((await send(server, server.bob, 'DELETE', `links/${link.id}`)).status).toBe(204);
    }
    await expectGone(server, token, 'revoked');
    await expectAlive(server, tokenOf(twin));
    const next = await server.link(server.bob, { items: ['storage:docs'] });
    expect(new Set([link.id, twin.id, next.id]).size).toBe(3);
    await expectGone(server, token, 'revoked');
  });

  test('wins over an expiry and over a lost right, and needs no living item (SH-05)', async () => {
    const { server } = await startWithFolder();
    const link = await server.link(server.bob, { items: ['storage:docs'], expiresIn: 60 });
    await send(server, server.bob, 'DELETE', 'entries/bob/docs');
    server.time.now = new Date(server.time.now.getTime() + 61 * second);
    await expectGone(server, tokenOf(link), 'expired');
    expect((await send(server, server.bob, 'DELETE', `links/${link.id}`)).status).toBe(204);
    await expectGone(server, tokenOf(link), 'revoked');
  });
});

describe('the creator', () => {
  test('who is disabled takes their links along, and brings them back when enabled again (SH-07)', async () => {
    const { server, token } = await startWithFolder();
    expect((await send(server, server.alice, 'PATCH', 'users/bob', { isDisabled: true })).status).toBe(200);
    await expectGone(server, token, 'orphaned');
    expect((await send(server, server.alice, 'PATCH', 'users/bob', { isDisabled: false })).status).toBe(200);
    await expectAlive(server, token);
  });

  test('who is deleted takes their links along, and a new user of that name does not revive them (SH-07, SH-11, AZ-07)', async () => {
    const { server, home, token } = await startWithFolder();
    expect((await send(server, server.alice, 'DELETE', 'users/bob')).status).toBe(204);
    for (const [method, target] of doorsOf(token)) {
      expect((await server.ask(method, target)).status).toBe(404);
    }
    // What the first bob left has to be moved away before there can be a second one.
    const moved = server.homeOf('was-bob');
    await rename(home, moved);
    const second = await server.createUser('bob');
    await mkdir(join(home, 'docs'), { recursive: true });
    await writeFile(join(home, 'docs/a.txt'), 'of the second bob');
    for (const [method, target] of doorsOf(token)) {
      expect((await server.ask(method, target)).status).toBe(404);
    }
    expect(JSON.parse((await send(server, second, 'GET', 'links')).text).items).toEqual([]);
    await rename(join(moved, 'CANARY.txt'), join(home, 'CANARY.txt'));
  });

  test('who loses manage, on the item or by a narrower grant, takes the link along at once (SH-07, AZ-04)', async () => {
    const { server } = await startWithFolder();
    const carol = await server.createUser('carol');
    const grant = (uri: string, level: string) =>
      send(server, server.bob, 'POST', 'grants', { uri, grantee: 'user:carol', level });
    const takeBack = (uri: string) =>
      send(server, server.bob, 'DELETE', `grants?uri=${encodeURIComponent(uri)}&grantee=user:carol`);
    await grant('storage:docs', 'manage');
    const token = tokenOf(await server.link(carol, { items: ['storage:/bob/docs'] }));
    await expectAlive(server, token);
    await grant('storage:docs', 'write');
    await expectGone(server, token, 'orphaned');
    await grant('storage:docs', 'manage');
    await expectAlive(server, token);
    await grant('storage:docs/sub', 'manage');
    await takeBack('storage:docs');
    await expectGone(server, token, 'orphaned');
  });

  test('an administrator who is one no longer loses the links on mounted folders (SH-07)', async () => {
    const { server } = await startWithFolder();
    const folder = await mountedFolder(server);
    await writeFile(join(folder, 'data.txt'), 'mounted');
    const carol = await server.createUser('carol', true);
    const token = tokenOf(await server.link(carol, { items: ['storage:/data/data.txt'] }));
    await expectAlive(server, token, 'data.txt', 'mounted');
    await send(server, server.alice, 'PATCH', 'users/carol', { isAdmin: false });
    for (const [method, target] of linkDoors(token)) {
      expect((await server.ask(method, target)).status).toBe(410);
    }
  });
});

async function mountedFolder(server: WatchedServer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-mount-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await server.services.mount({ name: 'data' as never, folder });
  return folder;
}

describe('what a link is on', () => {
  test('takes the link along when it, or a folder above it, is renamed or moved (SH-19)', async () => {
    const { server, token } = await startWithFolder();
    const move = (from: string, to: string) =>
      send(server, server.bob, 'POST', 'moves', { from: [from], to, into: false });
    await send(server, server.bob, 'PUT', 'directories/bob/deep');
    for (const [from, to] of [
      ['storage:docs', 'storage:renamed'],
      ['storage:renamed', 'storage:deep/docs'],
      ['storage:deep', 'storage:deeper'],
    ] as const) {
      expect((await move(from, to)).status).toBe(200);
      await expectAlive(server, token);
    }
    const single = tokenOf(await server.link(server.bob, { items: ['storage:deeper/docs/a.txt'] }));
    await move('storage:deeper/docs/a.txt', 'storage:z.txt');
    await expectAlive(server, single, 'a.txt');
    expect((await server.ask('GET', `/s/${token}/raw/docs/a.txt`)).status).toBe(404);
    await server.put(server.bob, 'bob/docs', 'another thing of the old name');
    await expectAlive(server, token, 'docs/sub/b.txt', 'bytes of b');
  });

  test('ends the link when it is deleted, and what comes to stand there later is not handed out (SH-10)', async () => {
    const { server, token } = await startWithFolder();
    const file = tokenOf(await server.link(server.bob, { items: ['storage:docs/a.txt'] }));
    await send(server, server.bob, 'DELETE', 'entries/bob/docs/a.txt');
    await server.put(server.bob, 'bob/docs/a.txt', 'a different file');
    for (const [method, target] of linkDoors(file))
      expect((await server.ask(method, target)).status).toBe(410);
    // The folder is still the folder that was shared, with what is in it now.
    await expectAlive(server, token, 'docs/a.txt', 'a different file');
    await send(server, server.bob, 'DELETE', 'entries/bob/docs');
    await send(server, server.bob, 'PUT', 'directories/bob/docs');
    await server.put(server.bob, 'bob/docs/a.txt', 'a third file');
    await expectGone(server, token, 'orphaned');
  });

  test('goes on without one of several items when that is deleted (SH-10)', async () => {
    const { server } = await startWithFolder();
    const token = tokenOf(
      await server.link(server.bob, { items: ['storage:docs/a.txt', 'storage:docs/sub'] }),
    );
    await send(server, server.bob, 'DELETE', 'entries/bob/docs/a.txt');
    await server.put(server.bob, 'bob/docs/a.txt', 'a different file');
    expect((await server.ask('GET', `/s/${token}/raw/a.txt`)).status).toBe(404);
    await expectAlive(server, token, 'sub/b.txt', 'bytes of b');
    const { text } = await server.ask('GET', `/s/${token}/SHA256SUMS`);
    expect(text).toMatch(/^[0-9a-f]{64} {2}sub\/b\.txt\n$/);
  });

  test('may get new bytes under its name, and is the same item still (SH-19)', async () => {
    const { server } = await startWithFolder();
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs/a.txt'] }));
    await server.put(server.bob, 'bob/docs/a.txt', 'second version');
    await expectAlive(server, token, 'a.txt', 'second version');
  });

  test('ends the link when another file is moved into its place, which brings its own (SH-19)', async () => {
    const { server } = await startWithFolder();
    await server.put(server.bob, 'bob/private.txt', 'never shared');
    await server.put(server.bob, 'bob/other.txt', 'shared with others');
    const old = tokenOf(await server.link(server.bob, { items: ['storage:docs/a.txt'] }));
    const brought = tokenOf(await server.link(server.bob, { items: ['storage:other.txt'] }));
    const replace = (from: string) =>
      send(server, server.bob, 'POST', 'moves', {
        from: [from],
        to: 'storage:docs/a.txt',
        into: false,
        onConflict: 'replace',
      });
    expect((await replace('storage:private.txt')).status).toBe(200);
    expect((await server.ask('GET', `/s/${old}/raw`)).status).toBe(410);
    expect((await replace('storage:other.txt')).status).toBe(200);
    expect((await server.ask('GET', `/s/${brought}/raw`)).text).toBe('shared with others');
    expect((await server.ask('GET', `/s/${old}/raw`)).status).toBe(410);
  });

  test('ends the link when it is merged into another folder, whose content was never shared (SH-19)', async () => {
    const { server, home, token } = await startWithFolder();
    await server.plant(join(home, 'private'));
    const inner = tokenOf(await server.link(server.bob, { items: ['storage:docs/sub'] }));
    const merging = await send(server, server.bob, 'POST', 'moves', {
      from: ['storage:docs'],
      to: 'storage:private',
      into: false,
      onConflict: 'replace',
    });
    expect(merging.status).toBe(200);
    expect((await readdir(join(home, 'private'))).sort()).toEqual(['CANARY.txt', 'a.txt', 'sub']);
    await expectGone(server, token, 'orphaned');
    await expectAlive(server, inner, 'sub/b.txt', 'bytes of b');
  });

  test('that another program took away is gone, and that one word is all that is told', async () => {
    const { server, home, token } = await startWithFolder();
    await rm(join(home, 'docs'), { recursive: true });
    for (const target of [`/s/${token}/entries`, `/s/${token}/zip`, `/s/${token}/SHA256SUMS`]) {
      const { status, text } = await server.ask('GET', target);
      expect([status, JSON.parse(text).error.reason]).toEqual([410, 'orphaned']);
    }
  });

  test('in several items of one name keeps them apart, also when a name is that of a number (design: link URLs)', async () => {
    const { server } = await startWithFolder();
    for (const [path, text] of [
      ['x/a.txt', '1'],
      ['y/a.txt', '2'],
      ['a%20(2).txt', '3'],
    ] as const) {
      if (path.includes('/')) await send(server, server.bob, 'PUT', `directories/bob/${path[0]}`);
      await server.put(server.bob, `bob/${path}`, text);
    }
    const link = await server.link(server.bob, {
      items: ['storage:x/a.txt', 'storage:a%20(2).txt', 'storage:y/a.txt'],
    });
    expect(link.items.map((item) => item.name)).toEqual(['a.txt', 'a (2).txt', 'a (3).txt']);
    for (const [name, text] of [
      ['a.txt', '1'],
      ['a%20(2).txt', '3'],
      ['a%20(3).txt', '2'],
    ] as const) {
      await expectAlive(server, tokenOf(link), name, text);
    }
  });
});

describe('the list of links', () => {
  test('comes in pages without gaps, newest first, and only mine (SH-21, AZ-03)', async () => {
    const { server } = await startWithFolder();
    for (let number = 0; number < 7; number += 1) {
      server.time.now = new Date(server.time.now.getTime() + (number % 3) * second);
      await server.link(server.bob, { items: ['storage:docs'], label: `n${number}` });
    }
    await server.put(server.alice, 'alice/a.txt', 'a');
    await server.link(server.alice, { items: ['storage:a.txt'] });
    const seen: { id: string; createdAt: string }[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { text } = await send(
        server,
        server.bob,
        'GET',
        `links?limit=3${next && `&cursor=${encodeURIComponent(next)}`}`,
      );
      const page = JSON.parse(text) as { items: typeof seen; next: string | null };
      seen.push(...page.items);
      next = page.next;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(8);
    expect(seen.map(({ createdAt }) => createdAt)).toEqual(
      seen
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    );
    for (const cursor of ['x', 'W10', Buffer.from('["a",1]').toString('base64url'), 'e30']) {
      expect((await send(server, server.bob, 'GET', `links?cursor=${cursor}`)).status, cursor).toBe(400);
    }
  });

  test('says of each what became of it (SH-07, SH-23)', async () => {
    const { server, link } = await startWithFolder();
    const brief = await server.link(server.bob, { items: ['storage:docs'], expiresIn: 60 });
    const dead = await server.link(server.bob, { items: ['storage:docs/a.txt'] });
    const ended = await server.link(server.bob, { items: ['storage:docs/sub'] });
    await send(server, server.bob, 'DELETE', `links/${ended.id}`);
    await send(server, server.bob, 'DELETE', 'entries/bob/docs/a.txt');
    server.time.now = new Date(server.time.now.getTime() + 60 * second);
    const { text } = await send(server, server.bob, 'GET', 'links');
    const states = new Map(
      JSON.parse(text).items.map((item: { id: string; state: string }) => [item.id, item.state]),
    );
    expect([link, brief, dead, ended].map(({ id }) => states.get(id))).toEqual([
      'live',
      'expired',
      'orphaned',
      'revoked',
    ]);
  });
});

describe('a look at a link', () => {
  test('by a bot, by HEAD or for a preview counts as no use (WB-13)', async () => {
    const { server, link, token } = await startWithFolder();
    const agents = [
      'Twitterbot/1.0',
      'facebookexternalhit/1.1',
      'Slackbot-LinkExpanding 1.0',
      'WhatsApp/2.23',
      'TelegramBot (like TwitterBot)',
    ];
    for (const agent of agents) await server.ask('GET', `/s/${token}`, { headers: { 'User-Agent': agent } });
    await server.ask('HEAD', `/s/${token}`);
    await server.ask('HEAD', `/s/${token}/raw/docs/a.txt`);
    await server.ask('GET', `/s/${token}/raw/docs/a.txt?inline=1`);
    await server.ask('GET', `/s/${token}/raw/docs/a.txt`, { headers: { Range: 'bytes=4-' } });
    await server.ask('HEAD', `/s/${token}/zip`);
    const uses = async () => {
      await server.services.linkTimeline.flush();
      const { opens, downloads } = JSON.parse(
        (await send(server, server.bob, 'GET', `links/${link.id}`)).text,
      );
      return { opens, downloads };
    };
    expect(await uses()).toEqual({ opens: 0, downloads: 0 });
    await server.ask('GET', `/s/${token}`, { headers: { 'User-Agent': 'curl/8' } });
    await server.ask('GET', `/s/${token}/raw/docs/a.txt`);
    await server.ask('GET', `/s/${token}/zip`);
    expect(await uses()).toEqual({ opens: 1, downloads: 2 });
  });

  test('without accepting HTML is told how to fetch it, in plain text (design: link URLs)', async () => {
    const { server, token } = await startWithFolder();
    const { text, headers } = await server.ask('GET', `/s/${token}`, { headers: { Accept: '*/*' } });
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toContain(`curl -f -OJ '${server.origin}/s/${token}/zip'\n`);
    const unknown = await server.ask('GET', '/s/nothing');
    expect([unknown.status, unknown.text]).toEqual([404, 'not found\n']);
  });
});

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { visibleEntries } from '../support/visible-entries.ts';

type Wish = {
  from: string | string[];
  to: string;
  into?: boolean;
  onConflict?: 'fail' | 'rename' | 'replace';
};

function ask(server: TestServer, verb: 'moves' | 'copies', { from, to, ...rest }: Wish) {
  const body = { from: [from].flat().map((path) => `storage:${path}`), to: `storage:${to}`, ...rest };
  return server.as(server.bob).post(`/api/v1/${verb}`).send(body);
}

/** Every file of bob's with its text, folders as `null`. */
async function treeOf(server: TestServer, user = 'bob'): Promise<Record<string, string | null>> {
  const home = server.homeOf(user);
  const found = (await visibleEntries(home))
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name).slice(home.length + 1) }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  const tree: Record<string, string | null> = {};
  for (const { entry, path } of found) {
    tree[path] = entry.isDirectory() ? null : await readFile(join(home, path), 'utf8');
  }
  return tree;
}

/** A home with these files; a path that ends in a slash is a folder. */
async function withTree(...paths: string[]): Promise<TestServer> {
  const server = await startTestServer();
  for (const path of paths) {
    const full = join(server.homeOf('bob'), path);
    await mkdir(path.endsWith('/') ? full : join(full, '..'), { recursive: true });
    if (!path.endsWith('/')) await writeFile(full, path);
  }
  return server;
}

describe.each(['moves', 'copies'] as const)('%s', (verb) => {
  const stays = (tree: Record<string, string | null>) => (verb === 'copies' ? tree : {});

  test('give an entry a new path, or put it into a folder, as `into` says', async () => {
    const server = await withTree('a.txt', 'b.txt', 'd/');
    const renamed = await ask(server, verb, { from: 'a.txt', to: 'c.txt', into: false }).expect(200);
    expect(renamed.body.items).toEqual([
      { from: 'storage://home/bob/a.txt', to: 'storage://home/bob/c.txt' },
    ]);
    await ask(server, verb, { from: 'b.txt', to: 'd', into: true }).expect(200);
    expect(await treeOf(server)).toEqual({
      ...stays({ 'a.txt': 'a.txt', 'b.txt': 'b.txt' }),
      'c.txt': 'a.txt',
      d: null,
      'd/b.txt': 'b.txt',
    });
    await ask(server, verb, { from: 'c.txt', to: 'none', into: true }).expect(404);
    await ask(server, verb, { from: 'c.txt', to: 'd/b.txt', into: true }).expect(409);
    await ask(server, verb, { from: 'c.txt', to: 'none/c.txt', into: false }).expect(404);
    await ask(server, verb, { from: 'none', to: 'x', into: false }).expect(404);
  });

  test('do without `into` what mv does', async () => {
    const server = await withTree('a.txt', 'd/', 'e/');
    await ask(server, verb, { from: 'a.txt', to: 'd' }).expect(200);
    await ask(server, verb, { from: 'd', to: 'new' }).expect(200);
    expect(await treeOf(server)).toMatchObject({ 'new/a.txt': 'a.txt' });
    const several = await ask(server, verb, { from: ['new', 'e'], to: 'none' }).expect(400);
    expect(several.body.error.code).toBe('invalid');
  });

  test('take whole folders along, with what is deep in them and what is empty', async () => {
    const server = await withTree('d/a.txt', 'd/deep/er/b.txt', 'd/empty/');
    await ask(server, verb, { from: 'd', to: 'e', into: false }).expect(200);
    const below = (top: string) => ({
      [top]: null,
      [`${top}/a.txt`]: 'd/a.txt',
      [`${top}/deep`]: null,
      [`${top}/deep/er`]: null,
      [`${top}/deep/er/b.txt`]: 'd/deep/er/b.txt',
      [`${top}/empty`]: null,
    });
    expect(await treeOf(server)).toEqual({ ...stays(below('d')), ...below('e') });
  });

  test('fail with 409 where something is, and leave both as they were', async () => {
    const server = await withTree('a.txt', 'b.txt', 'd/a.txt');
    const before = await treeOf(server);
    for (const wish of [
      { from: 'a.txt', to: 'b.txt', into: false },
      { from: 'a.txt', to: 'd', into: true },
      { from: 'd', to: 'b.txt', into: false },
      { from: 'a.txt', to: 'd', into: false },
      { from: 'a.txt', to: 'a.txt', into: false },
    ]) {
      const refused = await ask(server, verb, wish).expect(409);
      expect(refused.body.error).toMatchObject({ code: 'conflict', reason: 'exists' });
    }
    expect(await treeOf(server)).toEqual(before);
  });

  test('keep both with `rename`, under the next free number', async () => {
    const server = await withTree('a.tar.gz', 'd/a.tar.gz', 'd/a (2).tar.gz', 'e/', 'd/e/');
    const { body } = await ask(server, verb, {
      from: ['a.tar.gz', 'e'],
      to: 'd',
      into: true,
      onConflict: 'rename',
    }).expect(200);
    expect(body.items.map(({ to }: { to: string }) => to)).toEqual([
      'storage://home/bob/d/a%20(3).tar.gz',
      'storage://home/bob/d/e%20(2)',
    ]);
    expect(await treeOf(server)).toMatchObject({
      'd/a.tar.gz': 'd/a.tar.gz',
      'd/a (2).tar.gz': 'd/a (2).tar.gz',
      'd/a (3).tar.gz': 'a.tar.gz',
      'd/e (2)': null,
    });
  });

  test('with `replace` put a file in the place of a file, and merge a folder into a folder', async () => {
    const server = await withTree(
      'a.txt',
      'x/a.txt',
      'x/only',
      'x/sub/deep',
      'y/x/a.txt',
      'y/x/kept',
      'y/x/sub/k',
    );
    await ask(server, verb, { from: 'a.txt', to: 'x', into: true, onConflict: 'replace' }).expect(200);
    await ask(server, verb, { from: 'x', to: 'y', into: true, onConflict: 'replace' }).expect(200);
    expect(await treeOf(server)).toEqual({
      ...stays({
        'a.txt': 'a.txt',
        x: null,
        'x/a.txt': 'a.txt',
        'x/only': 'x/only',
        'x/sub': null,
        'x/sub/deep': 'x/sub/deep',
      }),
      y: null,
      'y/x': null,
      'y/x/a.txt': 'a.txt',
      'y/x/kept': 'y/x/kept',
      'y/x/only': 'x/only',
      'y/x/sub': null,
      'y/x/sub/deep': 'x/sub/deep',
      'y/x/sub/k': 'y/x/sub/k',
    });
  });

  test('never replace a folder by a file, nor a file by a folder', async () => {
    const server = await withTree('a', 'd/a/x', 'e/', 'd/e');
    const before = await treeOf(server);
    for (const from of ['a', 'e']) {
      const refused = await ask(server, verb, { from, to: 'd', into: true, onConflict: 'replace' }).expect(
        409,
      );
      expect(refused.body.error.reason).toBe('other_kind');
    }
    expect(await treeOf(server)).toEqual(before);
  });

  test('of a folder into itself, below itself or over what holds it are refused, and nothing is lost (CC-06)', async () => {
    const server = await withTree('d/e/f.txt');
    const before = await treeOf(server);
    for (const onConflict of ['fail', 'replace'] as const) {
      for (const wish of [
        { from: 'd', to: 'd', into: true },
        { from: 'd', to: 'd/e', into: true },
        { from: 'd', to: 'd/e/new', into: false },
        { from: 'd', to: 'd', into: false },
        { from: 'd/e', to: 'd', into: false },
        { from: 'd/e/f.txt', to: 'd/e/f.txt', into: false },
      ]) {
        const { status } = await ask(server, verb, { ...wish, onConflict });
        expect(status, JSON.stringify({ ...wish, onConflict })).toBe(409);
      }
    }
    expect(await treeOf(server)).toEqual(before);
    // A name that only begins alike lies elsewhere.
    await ask(server, verb, { from: 'd', to: 'd2', into: false }).expect(200);
  });

  test('to the same name in other case are another name (CC-06)', async () => {
    const server = await withTree('a.txt');
    await ask(server, verb, { from: 'a.txt', to: 'A.txt', into: false }).expect(200);
    expect(await treeOf(server)).toEqual({ ...stays({ 'a.txt': 'a.txt' }), 'A.txt': 'a.txt' });
  });

  test('of several items answer one by one, and what fails leaves the others to go on (AZ-12)', async () => {
    const server = await withTree('a', 'b', 'c', 'd/b');
    await server.put(server.alice, 'alice/secret', 'CANARY');
    const { body } = await ask(server, verb, {
      from: ['a', 'b', 'none', '/alice/secret', 'c'],
      to: 'd',
      into: true,
    }).expect(200);
    expect(body.items.map(({ error }: { error?: { code: string } }) => error?.code)).toEqual([
      undefined,
      'conflict',
      'not_found',
      'not_found',
      undefined,
    ]);
    expect(await treeOf(server)).toMatchObject({ 'd/a': 'a', 'd/b': 'd/b', 'd/c': 'c', b: 'b' });
    expect(await treeOf(server, 'alice')).toEqual({ secret: 'CANARY' });
  });

  test('of two of one name let none take the place of the other, with `replace` neither', async () => {
    const server = await withTree('1/log', '2/log', '1/all/x', '2/all/x', 'into/log', 'into/');
    const wish: Wish = { from: ['1/log', '2/log', '1/all', '2/all'], to: 'into', onConflict: 'replace' };
    const { body } = await ask(server, verb, wish);
    expect(body.items.map((item: { error?: { code: string } }) => item.error?.code)).toEqual([
      undefined,
      'conflict',
      undefined,
      'conflict',
    ]);
    expect(await treeOf(server)).toMatchObject({
      'into/log': '1/log',
      'into/all/x': '1/all/x',
      '2/log': '2/log',
      '2/all/x': '2/all/x',
    });
  });

  test('want the right to read or write at both ends, and no root as either (AZ-13)', async () => {
    const server = await withTree('a.txt');
    const alice = server.homeOf('alice');
    await mkdir(join(alice, 'read'));
    await writeFile(join(alice, 'read/r.txt'), 'r');
    const grant = { uri: 'storage:read', grantee: 'user:bob', level: 'read' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    await ask(server, verb, { from: 'a.txt', to: '/alice/read', into: true }).expect(403);
    await ask(server, verb, { from: 'a.txt', to: '/alice', into: true }).expect(403);
    await ask(server, verb, { from: '/alice/read/r.txt', to: 'r.txt', into: false }).expect(
      verb === 'moves' ? 403 : 200,
    );
    await ask(server, verb, { from: '/bob', to: 'x', into: false }).expect(400);
    await ask(server, verb, { from: 'a.txt', to: '/bob', into: false }).expect(400);
    expect(await readFile(join(alice, 'read/r.txt'), 'utf8')).toBe('r');
  });

  test('between two homes keep the bytes and, when moved, leave nothing behind (CC-04)', async () => {
    const server = await withTree('d/deep/a.txt', 'd/empty/');
    await mkdir(join(server.homeOf('alice'), 'in'));
    const grant = { uri: 'storage:in', grantee: 'user:bob', level: 'write' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    await ask(server, verb, { from: 'd', to: '/alice/in', into: true }).expect(200);
    expect(await treeOf(server, 'alice')).toMatchObject({
      'in/d/deep/a.txt': 'd/deep/a.txt',
      'in/d/empty': null,
    });
    const left = { d: null, 'd/deep': null, 'd/deep/a.txt': 'd/deep/a.txt', 'd/empty': null };
    expect(await treeOf(server)).toEqual(stays(left));
  });

  test('refuse a body that they do not understand (PT-19)', async () => {
    const server = await withTree('a.txt');
    const post = (body: unknown) =>
      server
        .as(server.bob)
        .post(`/api/v1/${verb}`)
        .set('Content-Type', 'application/json')
        .send(body as object);
    for (const body of [
      {},
      { from: [], to: 'storage:x' },
      { from: 'storage:a.txt', to: 'storage:x' },
      { from: [1], to: 'storage:x' },
      { from: ['storage:a.txt'], to: null },
      { from: ['storage:a.txt'], to: 'storage:x', onConflict: 'destroy' },
      { from: ['storage:a.txt'], to: 'storage:x', into: 'yes' },
      { from: ['storage:a.txt'], to: 'storage:../alice/x', into: false },
      { from: ['storage:../alice'], to: 'storage:x', into: false },
      { from: ['a.txt'], to: 'b.txt' },
    ]) {
      const { status } = await post(body);
      expect(status, JSON.stringify(body)).toBe(400);
    }
    await post('{"from": [').expect(400);
    await post('null').expect(400);
    await post(`{"x": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`).expect(400);
  });
});

describe('a moved entry', () => {
  test('has one winner when ten move it at once, and one name after (CC-05)', async () => {
    const server = await withTree('a.txt');
    let from = 'a.txt';
    for (let round = 0; round < 10; round += 1) {
      const names = Array.from({ length: 10 }, (_, index) => `m${round}.${index}`);
      const answers = await Promise.all(names.map((to) => ask(server, 'moves', { from, to, into: false })));
      const winners = names.filter((_, index) => answers[index]?.status === 200);
      expect(answers.filter(({ status }) => status === 404)).toHaveLength(9);
      expect(await treeOf(server)).toEqual({ [winners[0] as string]: 'a.txt' });
      from = winners[0] as string;
    }
  });

  test('of twenty to one name is one, and the others stay where they are (CC-05)', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const server = await withTree(...names);
    const answers = await Promise.all(
      names.map((from) => ask(server, 'moves', { from, to: 'one', into: false })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(Object.values(await treeOf(server)).sort()).toEqual([...names].sort());
  });

  test('is either found whole or not at all by those who read meanwhile (CC-05)', async () => {
    const server = await withTree('d/a.txt');
    let reading = true;
    const statuses = new Set<number>();
    const readers = Array.from({ length: 4 }, async () => {
      while (reading) {
        for (const path of ['d/a.txt', 'e/a.txt']) {
          const { status, text } = await server.as(server.bob).get(`/api/v1/content/bob/${path}`);
          statuses.add(status);
          if (status === 200) expect(text).toBe('d/a.txt');
        }
      }
    });
    for (let round = 0; round < 10; round += 1) {
      await ask(server, 'moves', { from: 'd', to: 'e', into: false }).expect(200);
      await ask(server, 'moves', { from: 'e', to: 'd', into: false }).expect(200);
    }
    reading = false;
    await Promise.all(readers);
    for (const status of statuses) expect([200, 404]).toContain(status);
  });
});

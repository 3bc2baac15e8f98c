import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EntryName } from '../../server/contract/path.ts';
import { linkDoors, startWatchedServer, tokenOf } from '../support/canaries.ts';
import { readingDoors, writingDoors } from '../support/user-doors.ts';

/** What is no path at all, as it would stand behind `bob/`: refused at every door, whoever asks. */
const noPaths = [
  '../alice/CANARY.txt',
  '../../CANARY.txt',
  'docs/../../alice/CANARY.txt',
  '../../../../../../../../etc/passwd',
  '%2e%2e/alice/CANARY.txt',
  '.%2E/alice/CANARY.txt',
  '..%2falice%2fCANARY.txt',
  'docs/%2e%2e/%2e%2e/%2e%2e/CANARY.txt',
  'docs%2f..%2f..%2falice',
  '.',
  '%2e%2e',
  './docs',
  'docs/./a.txt',
  'docs//a.txt',
  '/docs/a.txt',
  'docs/.//a.txt',
  'ok.txt%00.png',
  '..%00/CANARY.txt',
  'a%0ab',
  'a%0d%0aSet-Cookie:%20x=y',
  'a%1b%5b2J',
  'a%7f',
  '%20',
  '%c0%ae%c0%ae/CANARY.txt',
  '%ff',
  '%ed%a0%80',
  '%u002e',
  'a%',
];

/** What only looks like a way out: these are names like any other, and nothing has them. */
const merelyOdd = [
  '%252e%252e%252falice%252fCANARY.txt',
  '%25252e%25252e%25252fCANARY.txt',
  '..%5calice%5cCANARY.txt',
  '..\\alice\\..\\CANARY.txt',
  '..%255calice%255cCANARY.txt',
  '..;/alice/CANARY.txt',
  '%ef%bc%8e%ef%bc%8e/alice/CANARY.txt',
  '..%e2%88%95alice%e2%88%95CANARY.txt',
  '...',
  '~root',
  '$HOME',
  'CANARY.txt::$DATA',
];

describe('a path', () => {
  test('that climbs, repeats a slash or holds a control character is refused at every door (PT-01, PT-03, PT-04, PT-05, PT-08)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/free.txt', 'free');
    await mkdir(join(server.homeOf('bob'), 'docs'));
    await writeFile(join(server.homeOf('bob'), 'docs/a.txt'), 'a');
    const before = (await readdir(server.homeOf('bob'), { recursive: true })).sort();
    for (const path of noPaths.map((form) => `bob/${form}`)) {
      for (const door of [...readingDoors(path), ...writingDoors(path, 'bob/free.txt')]) {
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        expect([400, 404], `${door.name} of ${path}: ${status}`).toContain(status);
      }
    }
    expect((await readdir(server.homeOf('bob'), { recursive: true })).sort()).toEqual(before);
  });

  test('that only resembles a way out is a name that nothing has (PT-03, PT-04, PT-20)', async () => {
    const server = await startWatchedServer();
    for (const path of merelyOdd.map((form) => `bob/${form}`)) {
      for (const door of readingDoors(path)) {
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        expect(status, `${door.name} of ${path}`).toBe(404);
      }
    }
    for (const path of merelyOdd.map((form) => `bob/${form}`)) {
      // Writing makes a file of that very name in bob's home, or finds no folder to put it in.
      const put = await server.ask('PUT', `/api/v1/content/${path}`, { as: server.bob, body: 'mine' });
      expect([201, 404], path).toContain(put.status);
    }
    for (const name of await readdir(server.homeOf('bob'))) {
      expect([...merelyOdd.map((form) => decodeURIComponent(form)), '.drey']).toContain(name);
    }
  });

  test('is decoded exactly once, so a name that is itself an escape is reachable (PT-03)', async () => {
    const server = await startWatchedServer();
    await writeFile(join(server.homeOf('bob'), '%2e%2e%2fx'), 'by its own name');
    const reply = await server.ask('GET', '/api/v1/content/bob/%252e%252e%252fx', { as: server.bob });
    expect([reply.status, reply.text]).toEqual([200, 'by its own name']);
  });

  test('has one form, and no other form of it gets past a missing grant (PT-08)', async () => {
    const server = await startWatchedServer();
    const carol = await server.createUser('carol');
    await mkdir(join(server.homeOf('bob'), 'a/b'), { recursive: true });
    await server.plant(join(server.homeOf('bob'), 'a/b'));
    const forms = [
      '/bob/a/b',
      'bob//a/b',
      'bob/a//b',
      'bob/./a/b',
      'bob/a/.//b',
      'bob/a/b/.',
      'BOB/a/b',
      'bob;x/a/b',
    ];
    for (const form of [...forms, 'bob/a/b']) {
      for (const door of readingDoors(`${form}/CANARY.txt`)) {
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: carol });
        expect([400, 404], `${door.name} of ${form}`).toContain(status);
      }
    }
  });

  test('beside a granted folder stays hidden though its name begins alike (PT-09)', async () => {
    const server = await startWatchedServer();
    const carol = await server.createUser('carol');
    const home = server.homeOf('bob');
    await mkdir(join(home, 'team'));
    for (const twin of ['team-secret', 'team2', 'teams', 'team.', 'tea', 'Team'])
      await server.plant(join(home, twin));
    await server.services.grants.create(
      await actorOf(server, 'bob'),
      'bob/team' as never,
      'user:carol',
      'manage',
    );
    for (const twin of ['team-secret', 'team2', 'teams', 'team.', 'tea', 'Team']) {
      for (const path of [`bob/${twin}`, `bob/${twin}/CANARY.txt`]) {
        for (const door of [...readingDoors(path), ...writingDoors(path, 'carol/free')]) {
          const { status } = await server.ask(door.method, door.target, { ...door.options, as: carol });
          expect(status, `${door.name} of ${path}`).toBe(404);
        }
      }
    }
    const { text } = await server.ask('GET', '/api/v1/entries/bob', { as: carol });
    expect(JSON.parse(text).children.items.map((item: { name: string }) => item.name)).toEqual(['team']);
  });

  test('under a link cannot leave what was linked, whatever its form (SH-02, PT-12)', async () => {
    const server = await startWatchedServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'docs/shared'), { recursive: true });
    await writeFile(join(home, 'docs/shared/a.txt'), 'a');
    for (const folder of ['docs', 'docs/shared-evil', 'docs/shared2']) await server.plant(join(home, folder));
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs/shared'] }));
    const climbing = noPaths.flatMap((form) => [`shared/${form}`, form]);
    const beside = [
      'CANARY.txt',
      'shared-evil/CANARY.txt',
      'shared2/CANARY.txt',
      'docs/CANARY.txt',
      'bob/docs/CANARY.txt',
      '%2fetc%2fpasswd',
      'storage:%2fbob%2fdocs',
      ...merelyOdd.map((form) => `shared/${form}`),
    ];
    for (const form of [...climbing, ...beside]) {
      for (const [method, target] of linkDoors(token, form)) {
        const { status } = await server.ask(method, target);
        expect([400, 404], `${method} ${target}`).toContain(status);
      }
    }
    for (const query of [
      'path=../CANARY.txt',
      'file=CANARY.txt',
      'item=../CANARY.txt',
      'uri=storage:/bob/docs',
    ]) {
      const { text } = await server.ask('GET', `/s/${token}/raw/shared/a.txt?${query}`);
      expect(text).toBe('a');
    }
  });

  test('below a link takes no change, however it is asked for (PT-11)', async () => {
    const server = await startWatchedServer();
    const home = server.homeOf('bob');
    await server.plant(join(home, 'docs'));
    await server.plant(join(home, 'docs/shared'));
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs/shared'] }));
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE', 'MOVE', 'COPY', 'MKCOL', 'PROPPATCH']) {
      for (const path of [
        'raw/shared/CANARY.txt',
        'entries/shared/CANARY.txt',
        'raw/shared/../CANARY.txt',
        'uploads',
        'zip',
      ]) {
        const { status } = await server.ask(method, `/s/${token}/${path}`, {
          body: 'mine',
          headers: { 'X-HTTP-Method-Override': 'DELETE', Destination: '/s/x' },
        });
        // 403: where links that take files would take them.
        expect([400, 403, 404, 405], `${method} ${path}`).toContain(status);
      }
    }
  });

  test('with a slash after a file, or with something below a file, is nothing (PT-18)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/a.txt', 'bytes of a');
    await server.put(server.bob, 'bob/free.txt', 'free');
    for (const path of ['bob/a.txt/', 'bob/a.txt/..', 'bob/a.txt/x', 'bob/a.txt/x/y', 'bob/']) {
      for (const door of readingDoors(path)) {
        const reply = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        expect([400, 404], `${door.name} of ${path}`).toContain(reply.status);
        expect(reply.text).not.toContain('bytes of a');
      }
      for (const door of writingDoors(path, 'bob/free.txt')) {
        // Asking who has what is no harm where nothing is.
        if (door.method === 'GET') continue;
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        expect([400, 404, 409, 412], `${door.name} of ${path}`).toContain(status);
      }
    }
  });

  test('of the wrong type is a bad request, not an error of the server (PT-19)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/a.txt', 'a');
    const a = encodeURIComponent('storage:a.txt');
    for (const query of [
      '',
      'item[]=x',
      'item[x]=a',
      'item=',
      `item={"a":1}`,
      `item=${a}&item=`,
      `item=${'a'.repeat(12_000)}`,
    ]) {
      const { status } = await server.ask('GET', `/api/v1/archive?${query}`, { as: server.bob });
      expect(status, query).toBe(400);
    }
    for (const query of [
      'limit=5&limit=6',
      'limit=1e400',
      'limit=-1',
      'limit=x',
      'sort=__proto__',
      'cursor=x',
      'cursor=a&cursor=b',
      'filter=a&filter=b',
    ]) {
      const { status } = await server.ask('GET', `/api/v1/entries/bob?${query}`, { as: server.bob });
      expect(status, query).toBe(400);
    }
    const wrong = [
      { a: 1 },
      7,
      null,
      true,
      [],
      [['storage:a.txt']],
      '',
      'a'.repeat(1_000_000),
      'a.txt',
      '__proto__',
    ];
    for (const value of wrong) {
      for (const [target, body] of [
        ['moves', { from: [value], to: 'storage:b' }],
        ['copies', { from: ['storage:a.txt'], to: value }],
        ['links', { items: [value] }],
        ['links', { items: value }],
        ['grants', { uri: value, grantee: 'public', level: 'read' }],
      ] as const) {
        const { status } = await server.ask('POST', `/api/v1/${target}`, { as: server.bob, body });
        expect(status, `${target} ${JSON.stringify(body).slice(0, 100)}`).toBe(400);
      }
    }
  });

  test('that holds a raw NUL or line break in JSON is refused (PT-05, NM-02)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/ok.txt', 'ok');
    for (const name of [
      'ok.txt\0.png',
      'ok.txt\0',
      'a\nb',
      'a\r\nb',
      'a\tb',
      'a\x1b[2J',
      'a\x7fb',
      'a\x85b',
    ]) {
      for (const body of [
        { from: ['storage:ok.txt'], to: `storage:${name}`, into: false },
        { from: [`storage:${name}`], to: 'storage:b', into: false },
      ]) {
        const { status } = await server.ask('POST', '/api/v1/copies', { as: server.bob, body });
        expect(status, JSON.stringify(body)).toBe(400);
      }
    }
  });

  test('means the same to the route and to its handler (PT-21)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/a.txt', 'a');
    const token = tokenOf(await server.link(server.bob, { items: ['storage:a.txt'] }));
    const detours = [
      '/public/..;/api/v1/users',
      `/s/${token}/%2e%2e/api/v1/users`,
      `/s/${token}/../../api/v1/users`,
      `/s/${token}//api/v1/users`,
      `/s/${token}/raw/../../api/v1/users`,
      `/s/${token}/..%2f..%2fapi%2fv1%2fusers`,
      '/api/v1/users/',
      '/API/v1/users',
      '//api/v1/users',
      '/api//v1/users',
      '/api/v1/%75sers/../users',
      '/api/v1/users;x=1',
      '/api/v1/users%00',
      '/healthz/../api/v1/users',
    ];
    for (const target of detours) {
      for (const as of [undefined, server.bob, server.alice]) {
        const { status } = await server.ask('GET', target, as && { as });
        expect([400, 404], target).toContain(status);
      }
    }
  });

  test('is taken from a whole URL as from a path alone (PT-21)', async () => {
    const server = await startWatchedServer();
    await server.put(server.bob, 'bob/a.txt', 'a');
    const token = tokenOf(await server.link(server.bob, { items: ['storage:a.txt'] }));
    const own = await server.ask('GET', `${server.origin}/api/v1/content/bob/a.txt`, { as: server.bob });
    expect([own.status, own.text]).toEqual([200, 'a']);
    const linked = await server.ask('GET', `${server.origin}/s/${token}/raw/a.txt`);
    expect([linked.status, linked.text]).toEqual([200, 'a']);
    const climbing = await server.ask('GET', `${server.origin}/s/${token}/raw/a.txt/../../CANARY.txt`);
    expect([400, 404]).toContain(climbing.status);
  });

  test("to Drey's own files leads nowhere, for an administrator too (PT-23)", async () => {
    const server = await startWatchedServer();
    await server.put(server.alice, 'alice/a.txt', 'a');
    const key = (await readdir(join(server.dataFolder, 'keys')))[0] as string;
    const targets = [
      'drey.db',
      'drey.db-wal',
      `keys/${key}`,
      'staging',
      'storage',
      'storage/bob',
      '.drey',
      'alice/.drey',
      'alice/.drey/staging',
      'alice/.drey/temporary/x',
      'bob/.drey/trash',
    ];
    for (const path of targets) {
      for (const door of [...readingDoors(path), ...writingDoors(path, 'alice/a.txt')]) {
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.alice });
        expect(status, `${door.name} of ${path}`).toBe(404);
      }
    }
    const { text } = await server.ask('GET', '/api/v1/entries/alice', { as: server.alice });
    expect(text).not.toContain('.drey');
  });

  test('may be long and deep as far as the limits go, and is refused beyond them (PT-24)', async () => {
    const server = await startWatchedServer();
    const deep = Array.from({ length: 255 }, () => 'd').join('/');
    await mkdir(join(server.homeOf('bob'), deep), { recursive: true });
    await writeFile(join(server.homeOf('bob'), deep, 'f.txt'), 'deep');
    const reply = await server.ask('GET', `/api/v1/content/bob/${deep}/f.txt`, { as: server.bob });
    expect([reply.status, reply.text]).toEqual([200, 'deep']);
    for (const path of [
      'a'.repeat(256),
      '%C3%A9'.repeat(128),
      Array.from({ length: 2100 }, () => 'd').join('/'),
      'a/'.repeat(2046) + 'a',
    ]) {
      for (const door of readingDoors(`bob/${path}`)) {
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        expect([400, 404], `${door.name} of ${path.slice(0, 20)}…`).toContain(status);
      }
    }
    await server.put(server.bob, `bob/${'n'.repeat(255)}`, 'longest');
    const listing = await server.ask('GET', '/api/v1/entries/bob', { as: server.bob });
    expect(JSON.parse(listing.text).children.total).toBe(2);
  });
});

describe('a mount', () => {
  test("that contains, equals or lies in Drey's data folder is refused (PT-23, SH-20)", async () => {
    const server = await startWatchedServer();
    const alias = join(server.outside, '..', `drey-alias-${process.pid}-${Date.now()}`);
    await symlink(server.dataFolder, alias);
    const folders = [
      server.dataFolder,
      join(server.dataFolder, 'keys'),
      server.homeOf('bob'),
      join(server.dataFolder, '..'),
      alias,
    ];
    for (const folder of folders) {
      await expect(
        server.services.mount({ name: 'data' as EntryName, folder }),
        folder,
      ).rejects.toMatchObject({
        code: 'conflict',
        reason: 'overlapping_mount',
      });
    }
  });
});

async function actorOf(
  server: { services: { users: { get(name: string): Promise<{ id: string }> } } },
  name: string,
) {
  const { id } = await server.services.users.get(name);
  return {
    kind: 'user',
    id,
    name: name as EntryName,
    isAdmin: false,
    via: { kind: 'token', id: '' },
    address: '',
  } as const;
}

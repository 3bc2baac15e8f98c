import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { link, lstat, mkdir, readdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { linkDoors, startWatchedServer, tokenOf, type WatchedServer } from '../support/canaries.ts';
import { readingDoors, writingDoors } from '../support/user-doors.ts';

const run = promisify(execFile);

/** A home with links that lead out: to a file, to a folder, through a folder, to nothing, and to itself. */
async function startWithLinks(): Promise<WatchedServer> {
  const server = await startWatchedServer();
  const home = server.homeOf('bob');
  await mkdir(join(home, 'docs'));
  await writeFile(join(home, 'docs/a.txt'), 'a');
  await writeFile(join(home, 'free.txt'), 'free');
  await symlink(join(server.outside, 'CANARY.txt'), join(home, 'docs/file'));
  await symlink(server.outside, join(home, 'docs/folder'));
  await symlink('../../alice', join(home, 'docs/neighbour'));
  await symlink('/nowhere', join(home, 'docs/dangling'));
  await symlink('.', join(home, 'docs/loop'));
  return server;
}

const through = [
  'docs/file',
  'docs/folder',
  'docs/folder/CANARY.txt',
  'docs/folder/sub/CANARY.txt',
  'docs/folder/new.txt',
  'docs/neighbour/CANARY.txt',
  'docs/dangling',
  'docs/loop/a.txt',
  'docs/loop/loop/a.txt',
];

describe('a symbolic link', () => {
  test('is followed at no door, neither at the end of a path nor on the way (SL-01, SL-02)', async () => {
    const server = await startWithLinks();
    const names = await readdir(join(server.homeOf('bob'), 'docs'));
    for (const path of through.map((rest) => `bob/${rest}`)) {
      for (const door of [...readingDoors(path), ...writingDoors(path, 'bob/free.txt')]) {
        if (door.name === 'grants of') continue;
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        // A name that is taken by a link may be said to be taken; nothing else may come of it.
        expect([403, 404, 409, 412], `${door.name} of ${path}: ${status}`).toContain(status);
      }
    }
    expect(await readdir(join(server.homeOf('bob'), 'docs'))).toEqual(names);
    expect((await lstat(join(server.homeOf('bob'), 'docs/file'))).isSymbolicLink()).toBe(true);
  });

  test('is followed at no door of a link (SL-01, SL-02)', async () => {
    const server = await startWithLinks();
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs'] }));
    for (const path of through) {
      for (const [method, target] of linkDoors(token, path)) {
        const { status } = await server.ask(method, target);
        expect(status, `${method} ${path}`).toBe(404);
      }
    }
  });

  test('is left out of listings, zips, sums and sizes of the folder it is in, and counted as left out (SL-01, AR-06)', async () => {
    const server = await startWithLinks();
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs'] }));
    const { text } = await server.ask('GET', '/api/v1/entries/bob/docs', { as: server.bob });
    const { children } = JSON.parse(text);
    expect(children.items.map((item: { name: string }) => item.name)).toEqual(['a.txt']);
    expect([children.total, children.omitted]).toEqual([1, 5]);
    const sums = await server.ask('GET', `/s/${token}/SHA256SUMS`);
    expect(sums.text).toMatch(/^[0-9a-f]{64} {2}docs\/a\.txt\n$/);
    const size = await server.ask('GET', '/api/v1/sizes/bob/docs', { as: server.bob });
    expect(JSON.parse(size.text)).toEqual({ files: 1, directories: 1, bytes: 1 });
    for (const target of ['/api/v1/archive?item=storage:docs', `/s/${token}/zip`]) {
      const zip = await server.ask('GET', target, { as: server.bob });
      expect(zip.status).toBe(200);
      expect(zip.text).toContain('_omitted.txt');
    }
  });

  test('goes with the folder that is deleted, copied or moved, and what it led to stays (SL-01)', async () => {
    const server = await startWithLinks();
    const ask = (target: string, body: object) =>
      server.ask('POST', `/api/v1/${target}`, { as: server.bob, body });
    await mkdir(join(server.homeOf('bob'), 'merged/folder'), { recursive: true });
    const into = { from: ['storage:docs'], into: false };
    expect((await ask('copies', { ...into, to: 'storage:copied' })).status).toBe(200);
    expect(await readdir(join(server.homeOf('bob'), 'copied'))).toEqual(['a.txt']);
    expect((await ask('moves', { ...into, to: 'storage:moved' })).status).toBe(200);
    const merging = await ask('moves', {
      from: ['storage:moved'],
      to: 'storage:merged',
      into: false,
      onConflict: 'replace',
    });
    expect(merging.status).toBeLessThan(500);
    for (const path of ['moved', 'merged']) {
      const { status } = await server.ask('DELETE', `/api/v1/entries/bob/${path}`, { as: server.bob });
      expect([204, 404]).toContain(status);
    }
  });

  test('that is put in the place of a linked folder ends what the link hands out (SL-02, SH-19)', async () => {
    const server = await startWithLinks();
    const home = server.homeOf('bob');
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs'] }));
    await rename(join(home, 'docs'), join(home, 'aside'));
    await symlink(server.outside, join(home, 'docs'));
    for (const [method, target] of [...linkDoors(token), ...linkDoors(token, 'docs/CANARY.txt')]) {
      if (target === `/s/${token}`) continue;
      const { status } = await server.ask(method, target);
      expect([400, 404, 410], `${method} ${target}`).toContain(status);
    }
  });

  test('in the place of the hidden folder takes no bytes outside and lets nothing outside be removed (SL-04)', async () => {
    const server = await startWithLinks();
    const home = server.homeOf('bob');
    const as = server.bob;
    const begin = (name: string) =>
      server.ask('POST', '/api/v1/uploads', {
        as,
        mayBeUnavailable: true,
        headers: {
          'Tus-Resumable': '1.0.0',
          'Upload-Length': '9',
          'Upload-Metadata': `uri ${Buffer.from(`storage:${name}`).toString('base64')}`,
        },
      });
    const { headers } = await begin('up.txt');
    const location = headers.location as string;
    const id = location.slice(location.lastIndexOf('/') + 1);
    await rename(join(home, '.drey'), join(home, 'was-hidden'));
    await symlink(server.outside, join(home, '.drey'));
    await mkdir(join(server.outside, 'staging'));
    await server.plant(join(server.outside, 'staging'), `upload-${id}`);

    const tus = { 'Tus-Resumable': '1.0.0' };
    const append = { ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' };
    const answers = [
      await server.ask('PATCH', location, { as, mayBeUnavailable: true, headers: append, body: 'overwrite' }),
      await begin('other.txt'),
      await server.ask('PUT', '/api/v1/content/bob/put.txt', { as, mayBeUnavailable: true, body: 'x' }),
    ];
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
    // To give it up only forgets it: what it had is out of reach.
    await server.ask('DELETE', location, { as, mayBeUnavailable: true, headers: tus });
    expect(await readdir(join(server.outside, 'staging'))).toEqual([`upload-${id}`]);
    await unlink(join(home, '.drey'));
  });

  test('that is exchanged with a folder while it is read and written never leads outside (SL-06)', async () => {
    const server = await startWatchedServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'swap'));
    await writeFile(join(home, 'swap/CANARY.txt'), 'inside');
    const token = tokenOf(await server.link(server.bob, { items: ['storage:swap'] }));
    await symlink(server.outside, join(home, 'trap'));
    let isOver = false;
    let swaps = 0;
    const swapping = (async () => {
      while (!isOver) {
        await rename(join(home, 'swap'), join(home, 'aside'));
        await rename(join(home, 'trap'), join(home, 'swap'));
        await rename(join(home, 'swap'), join(home, 'trap'));
        await rename(join(home, 'aside'), join(home, 'swap'));
        swaps += 1;
        // The folder stands for a moment, so that both sides are met.
        await pause(1);
      }
    })();
    const seen = new Set<number>();
    for (let round = 0; round < 60 || (round < 600 && !seen.has(200)); round += 1) {
      const answers = await Promise.all([
        server.ask('GET', '/api/v1/content/bob/swap/CANARY.txt', { as: server.bob }),
        server.ask('GET', `/s/${token}/raw/swap/CANARY.txt`),
        server.ask('GET', `/s/${token}/entries/swap`),
        server.ask('PUT', `/api/v1/content/bob/swap/${round}.txt`, { as: server.bob, body: 'mine' }),
        server.ask('PUT', `/api/v1/directories/bob/swap/d${round}`, { as: server.bob }),
        server.ask('DELETE', `/api/v1/entries/bob/swap/${round - 1}.txt`, { as: server.bob }),
      ]);
      for (const { status, text } of answers) {
        seen.add(status);
        expect(text).not.toContain('canary ');
      }
    }
    isOver = true;
    await swapping;
    expect(swaps).toBeGreaterThan(20);
    expect(seen, 'both sides of the exchange were met').toContain(200);
  });

  test('or a move of the folder during a write never lets a file land elsewhere (SL-07)', async () => {
    const server = await startWatchedServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'target'));
    const uploads = Array.from({ length: 12 }, (_, number) =>
      server.ask('PUT', `/api/v1/content/bob/target/${number}.txt`, {
        as: server.bob,
        body: `file ${number}`,
      }),
    );
    const moving = server.ask('POST', '/api/v1/moves', {
      as: server.bob,
      body: { from: ['storage:target'], to: 'storage:moved', into: false },
    });
    const statuses = (await Promise.all(uploads)).map(({ status }) => status);
    expect([200, 409]).toContain((await moving).status);
    for (const status of statuses) expect([201, 404]).toContain(status);
    const landed = (await readdir(home, { recursive: true })).filter((name) => name.endsWith('.txt'));
    expect(landed.filter((name) => !/^(target|moved)\/\d+\.txt$/.test(name))).toEqual([]);
    expect(landed).toHaveLength(statuses.filter((status) => status === 201).length);
  });
});

describe('what is neither file nor folder', () => {
  test('such as a FIFO or a socket is not shown and makes nobody wait (SL-08)', async () => {
    const server = await startWatchedServer();
    const home = server.homeOf('bob');
    await mkdir(join(home, 'docs'));
    await server.put(server.bob, 'bob/free.txt', 'free');
    await run('mkfifo', [join(home, 'docs/fifo')]);
    const socket = createServer().listen(join(home, 'docs/socket'));
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    const token = tokenOf(await server.link(server.bob, { items: ['storage:docs'] }));
    for (const name of ['fifo', 'socket']) {
      for (const door of [
        ...readingDoors(`bob/docs/${name}`),
        ...writingDoors(`bob/docs/${name}`, 'bob/free.txt'),
      ]) {
        if (door.name === 'grants of') continue;
        const { status } = await server.ask(door.method, door.target, { ...door.options, as: server.bob });
        expect([404, 409, 412], `${door.name} of ${name}: ${status}`).toContain(status);
      }
      for (const [method, target] of linkDoors(token, `docs/${name}`)) {
        expect((await server.ask(method, target)).status, `${method} ${target}`).toBe(404);
      }
    }
    const { text } = await server.ask('GET', `/s/${token}/entries/docs`);
    expect(JSON.parse(text).children).toMatchObject({ items: [], omitted: 2 });
  });
});

describe('a hard link', () => {
  test('is a file of its own name: replacing or deleting it leaves the other name as it was (SL-09)', async () => {
    const server = await startWatchedServer();
    const home = server.homeOf('bob');
    const other = join(server.dataFolder, 'other.txt');
    await writeFile(other, 'first');
    await link(other, join(home, 'a.txt'));
    await link(other, join(home, 'b.txt'));
    expect((await server.ask('GET', '/api/v1/content/bob/a.txt', { as: server.bob })).text).toBe('first');
    await server.put(server.bob, 'bob/a.txt', 'second');
    await server.ask('DELETE', '/api/v1/entries/bob/b.txt', { as: server.bob });
    expect(await readFile(other, 'utf8')).toBe('first');
  });
});

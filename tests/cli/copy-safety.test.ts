import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { openProxy } from '../support/counting-proxy.ts';
import { openMeddlingProxy, type Answer, type Meddler } from '../support/meddling-proxy.ts';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';
import { expectSameTree, makeTree, readTree } from './file-tree.ts';

const MiB = 1024 * 1024;

/** A shell of bob's whose line to the server somebody meddles with. */
async function prepare(meddle?: Meddler) {
  const server = await startTestServer();
  const proxy = await openMeddlingProxy(server.origin, meddle);
  const shell = await openShell(server, server.bob, proxy.url);
  const count = (start: string) => proxy.asked.filter((line) => line.startsWith(start)).length;
  return { server, shell, count, home: server.homeOf('bob') };
}

/** What a proxy on the way says, in words of its own. */
const refusal = (status: number, headers = {}): Answer => ({ status, headers, body: Buffer.from('<html>') });

describe('sync --delete', () => {
  test('deletes nothing when part of the source could not be read', async () => {
    const { shell, home } = await prepare();
    await makeTree(shell.folder, { 'src/new.txt': 'n' });
    await symlink('nowhere', join(shell.folder, 'src/dangling'));
    await makeTree(home, { 'dst/dangling': 'd', 'dst/old.txt': 'o' });
    const { code, stderr } = await shell.run(['sync', '--delete', 'src', 'storage:dst']);
    expect([code, stderr]).toEqual([72, expect.stringContaining('Nothing was deleted')]);
    expect(Object.keys(await readTree(join(home, 'dst')))).toEqual(['dangling', 'new.txt', 'old.txt']);
  });
});

describe('a small file on its way down', () => {
  test('that arrives damaged is fetched again', async () => {
    let isSpoilt = false;
    const { server, shell, count, home } = await prepare(async (asked, pass) => {
      const answer = await pass();
      if (!isSpoilt && asked.startsWith('GET /api/v1/content/')) {
        answer.body[0]! ^= 1;
        isSpoilt = true;
      }
      return answer;
    });
    await server.put(server.bob, 'bob/a.txt', 'as it is');
    await shell.ok('cp', 'storage:a.txt', '.');
    expect(count('GET /api/v1/content/')).toBe(2);
    expect(await readFile(join(shell.folder, 'a.txt'), 'utf8')).toBe('as it is');
    expect(await readFile(join(home, 'a.txt'), 'utf8')).toBe('as it is');
  });

  test('that was replaced since it was found comes as it is now, with its own time', async () => {
    let isChanged = false;
    const { server, shell, home } = await prepare(async (asked, pass) => {
      if (!isChanged && asked.startsWith('GET /api/v1/content/')) {
        await server.put(server.bob, 'bob/src/a.txt', 'new');
        isChanged = true;
      }
      return pass();
    });
    await makeTree(home, { 'src/a.txt': 'old' });
    await utimes(join(home, 'src/a.txt'), new Date(0), new Date(0));
    await shell.ok('cp', '-r', 'storage:src', 'dst');
    await expectSameTree(join(shell.folder, 'dst'), join(home, 'src'));
  });

  test('is not measured by the checksum of one that took its place meanwhile', async () => {
    let turn = 0;
    const { server, shell, count } = await prepare(async (asked, pass) => {
      if (asked.startsWith('GET /api/v1/checksums/')) await server.put(server.bob, 'bob/a.txt', `${++turn}`);
      return pass();
    });
    await server.put(server.bob, 'bob/a.txt', '0');
    await shell.ok('cp', 'storage:a.txt', '.');
    expect(count('GET /api/v1/content/')).toBe(1);
    expect(await readFile(join(shell.folder, 'a.txt'), 'utf8')).toBe('0');
  });
});

describe('a copy that is taken up again', () => {
  test('down: begins anew when the .part is gone', async () => {
    const server = await startTestServer();
    const proxy = await openProxy(server.origin);
    const shell = await openShell(server, server.bob, proxy.url);
    await makeTree(server.homeOf('bob'), { 'big.bin': randomBytes(8 * MiB) });
    const held = proxy.holdAfter(5 * MiB);
    const { child, outcome } = shell.start(['cp', 'storage:big.bin', '.']);
    await held;
    child.kill('SIGINT');
    await outcome;
    proxy.reset();
    await rm(join(shell.folder, 'big.bin.drey.part'));
    await shell.ok('cp', 'storage:big.bin', '.');
    expect((await readTree(shell.folder))['big.bin']).toBe((await readTree(server.homeOf('bob')))['big.bin']);
  });

  test('up: sends a file again that arrived, unknown to the client, and was deleted since', async () => {
    let isLost = false;
    const { server, shell, home } = await prepare(async (asked, pass) => {
      const answer = await pass();
      if (isLost || !asked.startsWith('PATCH /api/v1/uploads/')) return answer;
      isLost = answer.headers['upload-offset'] === String(2 * MiB);
      return isLost ? undefined : answer;
    });
    await makeTree(shell.folder, { 'big.bin': randomBytes(2 * MiB) });
    const lost = await shell.run(['cp', 'big.bin', 'storage:'], { env: { DREY_RETRY_SECONDS: '0' } });
    expect([lost.code, isLost]).toEqual([74, true]);
    await server.as(server.bob).delete('/api/v1/entries/bob/big.bin').expect(204);
    await shell.ok('cp', 'big.bin', 'storage:');
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
  });
});

describe('a file that changes while it is copied', () => {
  test.each([
    ['large, to one of the same size', 'PATCH /api/v1/uploads/', 2 * MiB, 'w'],
    ['small, to a longer one', 'PUT /api/v1/directories/', 10, 'a'],
  ])('is told, and neither half is stored: %s', async (_words, moment, bytes, flag) => {
    const { shell, home } = await prepare(async (asked, pass) => {
      if (asked.startsWith(moment)) await change();
      return pass();
    });
    const file = join(shell.folder, 'src/file');
    const change = () => (flag === 'w' ? writeFile(file, randomBytes(bytes)) : appendFile(file, 'more'));
    await makeTree(shell.folder, { 'src/file': randomBytes(bytes), 'src/other': 'o' });
    await utimes(file, new Date(0), new Date(0));
    const { code, stderr } = await shell.run(['cp', '-r', 'src', 'storage:dst']);
    expect([code, stderr]).toEqual([
      65,
      'drey: src/file: The file changed while it was copied. Copy it again.\n',
    ]);
    expect(Object.keys(await readTree(join(home, 'dst')))).toEqual(['other']);
  });
});

describe('a line that breaks', () => {
  test('on the way into a pipe: it goes on where it broke, no byte twice', async () => {
    const server = await startTestServer();
    const proxy = await openProxy(server.origin);
    const shell = await openShell(server, server.bob, proxy.url);
    const content = randomBytes(2 * MiB);
    await server.put(server.bob, 'bob/a.bin', content);
    const pipe = join(shell.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = buffer(createReadStream(pipe));
    const held = proxy.holdAfter(MiB);
    const running = shell.run(['cp', 'storage:a.bin', 'pipe']);
    await held;
    proxy.reset();
    expect((await running).code).toBe(0);
    const printed = await reading;
    expect([printed.length, printed.equals(content)]).toEqual([content.length, true]);
  });

  test('mv whose answer is lost is told, and not sent again', async () => {
    const { server, shell, count } = await prepare(async (asked, pass) => {
      const answer = await pass();
      return asked === 'POST /api/v1/moves' ? undefined : answer;
    });
    await server.put(server.bob, 'bob/a.txt', 'a');
    expect((await shell.run(['mv', 'storage:a.txt', 'storage:b.txt'])).code).toBe(74);
    expect(count('POST /api/v1/moves')).toBe(1);
    expect(await shell.ok('ls')).toBe('b.txt\n');
  });

  test.each([502, 503, 504])('a %i of a proxy on the way passes, and is outlasted', async (status) => {
    let tries = 0;
    const { shell, count } = await prepare(async (asked, pass) => {
      if (asked.startsWith('GET /api/v1/entries/') && ++tries === 1) return refusal(status);
      return pass();
    });
    expect(await shell.ok('ls')).toBe('');
    expect(count('GET /api/v1/entries/')).toBe(2);
  });

  test('a server that wants more time than there is patience is not asked again before', async () => {
    const { shell, count } = await prepare(async (asked, pass) =>
      asked.startsWith('GET /api/v1/entries/') ? refusal(503, { 'Retry-After': '3600' }) : pass(),
    );
    const { code } = await shell.run(['ls'], { env: { DREY_RETRY_SECONDS: '2' } });
    expect([code, count('GET /api/v1/entries/')]).toEqual([74, 1]);
  });
});

describe('what is there already', () => {
  test('gives way to an older file of the same size, and, with --continue, when it is shorter', async () => {
    const { shell, home } = await prepare();
    const later = new Date(Date.now() + 60_000);
    const copied = async (there: string, ...flags: string[]) => {
      await writeFile(join(home, 'a.txt'), there);
      await utimes(join(home, 'a.txt'), later, later);
      await shell.ok('cp', ...flags, 'a.txt', 'storage:');
      return readFile(join(home, 'a.txt'), 'utf8');
    };
    await makeTree(shell.folder, { 'a.txt': 'whole' });
    expect(await copied('other')).toBe('whole');
    expect(await copied('who', '--continue')).toBe('whole');
  });
});

describe('what failed in part', () => {
  test('ends in its exit code: a file that went away while the server copied', async () => {
    const { server, shell, home } = await prepare(async (asked, pass) => {
      if (asked === 'POST /api/v1/copies') await rm(join(server.homeOf('bob'), 'src/b.txt'));
      return pass();
    });
    await makeTree(home, { 'src/a.txt': 'a', 'src/b.txt': 'b' });
    const { code, stderr } = await shell.run(['sync', 'storage:src', 'storage:dst']);
    expect([code, stderr]).toEqual([72, expect.stringMatching(/^drey: [^\n]*src\/b\.txt: [^\n]+\n$/)]);
    expect(Object.keys(await readTree(join(home, 'dst')))).toEqual(['a.txt']);
  });

  test('ends in its exit code: one of several that are moved', async () => {
    const { shell, home } = await prepare();
    await makeTree(home, { 'a.txt': 'a', 'dir/': '' });
    const { code, stderr } = await shell.run(['mv', 'storage:n?ne', 'storage:a.txt', 'storage:dir']);
    expect([code, stderr]).toEqual([72, expect.stringMatching(/^drey: storage:n\?ne: [^\n]+\n$/)]);
    expect(Object.keys(await readTree(home))).toEqual(['dir/', 'dir/a.txt']);
  });
});

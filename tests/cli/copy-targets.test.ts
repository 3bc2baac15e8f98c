import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { chmod, readFile, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';
import { expectSameTree, makeTree, readTree } from './file-tree.ts';

async function prepare() {
  const server = await startTestServer();
  const shell = await openShell(server, server.bob);
  const names = async (folder: string) => Object.keys(await readTree(folder)).sort();
  return { server, shell, home: server.homeOf('bob'), names };
}

describe('where a copy goes', () => {
  test('a file goes into a folder that is there, and takes a name that is not', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'up/a.txt': 'a' });
    await shell.ok('mkdir', 'storage:dir');
    await shell.ok('cp', 'up/a.txt', 'storage:dir');
    await shell.ok('cp', 'up/a.txt', 'storage:dir/b.txt');
    await shell.ok('cp', 'up/a.txt', 'storage:dir/');
    expect(await names(home)).toEqual(['dir/', 'dir/a.txt', 'dir/b.txt']);
    await shell.ok('cp', 'storage:dir/a.txt', 'down.txt');
    await makeTree(shell.folder, { 'down/': '' });
    await shell.ok('cp', 'storage:dir/a.txt', 'down');
    expect(await names(shell.folder)).toEqual(expect.arrayContaining(['down.txt', 'down/a.txt']));
  });

  test('a folder becomes the new name, and goes into one that is there when it is copied again', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'src/x/y.txt': 'y', 'src/empty/': '' });
    await shell.ok('cp', '-r', 'src', 'storage:new');
    expect(await names(home)).toEqual(['new/', 'new/empty/', 'new/x/', 'new/x/y.txt']);
    await shell.ok('cp', '-r', 'src', 'storage:new');
    expect(await names(join(home, 'new', 'src'))).toEqual(['empty/', 'x/', 'x/y.txt']);
    await shell.ok('cp', '-r', '-T', 'storage:new/src', 'back');
    await shell.ok('cp', '-r', '-T', 'storage:new/src', 'back');
    await expectSameTree(join(shell.folder, 'back'), join(shell.folder, 'src'));
  });

  test('several sources need a folder, and two of one name are not both copied', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'a/one.txt': '1', 'b/one.txt': '2', 'b/two.txt': '3' });
    const lost = await shell.run(['cp', 'a/one.txt', 'b/two.txt', 'storage:none']);
    expect(lost).toMatchObject({ code: 72 });
    expect(lost.stderr).toContain('drey mkdir -p storage:none');
    await shell.ok('mkdir', 'storage:dir');
    const twice = await shell.run(['cp', '-t', 'storage:dir', 'a/one.txt', 'b/one.txt', 'b/two.txt']);
    expect(twice).toMatchObject({ code: 65, stderr: 'drey: b/one.txt: Another source has the same name.\n' });
    expect(await names(home)).toEqual(['dir/', 'dir/one.txt', 'dir/two.txt']);
    expect(await shell.ok('cat', 'storage:dir/one.txt')).toBe('1');
  });

  test('two of one name are not both moved, nor copied within the storage: none takes the other’s place', async () => {
    const { shell, home } = await prepare();
    await makeTree(home, { 'runs/1/log': 'first', 'runs/2/log': 'second', 'into/': '', 'copies/': '' });
    const copied = await shell.run(['cp', 'storage:runs/?/log', 'storage:copies']);
    expect(copied).toMatchObject({
      code: 65,
      stderr: 'drey: storage:runs/2/log: Another source has the same name.\n',
    });
    const moved = await shell.run(['mv', 'storage:runs/?/log', 'storage:into']);
    expect(moved).toMatchObject({ code: 65, stderr: copied.stderr });
    const textOf = (path: string) => readFile(join(home, path), 'utf8');
    expect(await Promise.all(['copies/log', 'into/log', 'runs/2/log'].map(textOf))).toEqual([
      'first',
      'first',
      'second',
    ]);
  });

  test('what stands there on this machine stays what it is: a link, a pipe, and who may read it', async () => {
    const { shell, home } = await prepare();
    const large = 'x'.repeat(2_000_000);
    await makeTree(home, { small: 'new', large });
    await makeTree(shell.folder, { small: 'old', large: 'old', real: 'old' });
    const at = (name: string) => join(shell.folder, name);
    for (const name of ['small', 'large']) {
      await chmod(at(name), 0o600);
      await shell.ok('cp', '-f', `storage:${name}`, '.');
      expect((await stat(at(name))).mode & 0o777, name).toBe(0o600);
    }
    expect(await readFile(at('large'), 'utf8')).toBe(large);
    await symlink('real', at('link'));
    await shell.ok('cp', 'storage:small', 'link');
    expect([await readlink(at('link')), await readFile(at('real'), 'utf8')]).toEqual(['real', 'new']);
    execFileSync('mkfifo', [at('pipe')]);
    const reading = text(createReadStream(at('pipe')));
    await shell.ok('cp', 'storage:large', 'pipe');
    expect(await reading).toBe(large);
    expect((await stat(at('pipe'))).isFIFO()).toBe(true);
  });

  test('one source that fails does not stop the rest, and the exit code says so', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'a.txt': 'a', 'dir/b.txt': 'b' });
    const { code, stderr } = await shell.run(['cp', 'none.txt', 'dir', 'a.txt', 'storage:']);
    expect(code).toBe(72);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(await names(home)).toEqual(['a.txt']);
  });

  test('a missing folder above the target is an error that names it', async () => {
    const { shell } = await prepare();
    await makeTree(shell.folder, { 'a.txt': 'a' });
    const { code, stderr } = await shell.run(['cp', 'a.txt', 'storage:no/where/a.txt']);
    expect(code).toBe(72);
    expect(stderr).toContain('storage:no/where does not exist');
    expect((await shell.run(['cp', 'a.txt', 'storage:none/'])).code).toBe(72);
    expect((await shell.run(['cp', 'storage:a.txt', 'no/where'])).code).toBe(72);
  });

  test('what should go below a file is told so, as are two that are one', async () => {
    const { server, shell } = await prepare();
    await makeTree(shell.folder, { f: 'f', 'dir/': '' });
    await server.put(server.bob, 'bob/t', 't');
    const cases: [args: string[], stderr: string][] = [
      [['cp', 'f', 'storage:t/x'], 'storage:t/x: storage:t is a file, not a folder.'],
      [['cp', 'storage:t', 'storage:t/x'], 'storage:t/x: storage:t is a file, not a folder.'],
      [['mv', 'storage:t', 'storage:t/x'], 'storage:t/x: storage:t is a file, not a folder.'],
      [['cp', '-', 'storage:t/x'], 'storage:t/x: storage:t is a file, not a folder.'],
      [['sync', 'dir', 'storage:t/x'], 'storage:t/x: storage:t is a file, not a folder.'],
      [['mv', 'storage:t', 'storage:t'], 'storage:t: Both are the same file.'],
      [['cp', 'storage:t', 'storage:t'], 'storage:t: Both are the same file.'],
    ];
    for (const [args, stderr] of cases) {
      expect({ args, ...(await shell.run(args)) }).toEqual({
        args,
        code: 65,
        stdout: '',
        stderr: `drey: ${stderr}\n`,
      });
    }
    const { code, stderr } = await shell.run(['cp', 'storage:t', 'f/x']);
    expect({ code, stderr }).toEqual({
      code: 65,
      stderr: expect.stringMatching(/\/f is a file, not a folder\.\n$/),
    });
  });

  test('a file is not put where a folder is, nor a folder where a file is', async () => {
    const { shell } = await prepare();
    await makeTree(shell.folder, { 'a/x': 'file', 'b/x/deep': 'in a folder', 'b/y': 'y' });
    await shell.ok('cp', '-r', 'a', 'storage:t');
    const { code, stderr } = await shell.run(['cp', '-r', '-T', 'b', 'storage:t']);
    expect(code).toBe(65);
    expect(stderr).toContain('There is a file where this folder should go.');
    expect(await shell.ok('ls', 'storage:t')).toBe('x\ny\n');
    expect(await shell.ok('cat', 'storage:t/x')).toBe('file');
  });

  test('within the storage the server copies, folders with -r only', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'src/x.txt': 'x', 'src/skip.tmp': 't' });
    await shell.ok('cp', '-r', 'src', 'storage:a');
    expect((await shell.run(['cp', 'storage:a', 'storage:b'])).code).toBe(65);
    await shell.ok('cp', '-r', 'storage:a', 'storage:b');
    await shell.ok('cp', 'storage:a/x.txt', 'storage:b/y.txt');
    await shell.ok('cp', '-r', '--exclude', '*.tmp', 'storage:a', 'storage:c');
    expect(await names(home)).toEqual([
      'a/',
      'a/skip.tmp',
      'a/x.txt',
      'b/',
      'b/skip.tmp',
      'b/x.txt',
      'b/y.txt',
      'c/',
      'c/x.txt',
    ]);
  });

  test('within the storage, what is in the way of one does not stop the rest of a folder', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(home, {
      's1/d/a': 'a',
      's1/d/sub/q': 'q',
      's1/d/z/y': 'y',
      's2/d/sub': 'file',
      's2/d/a': 'old',
    });
    const { code, stderr } = await shell.run(['cp', '-r', 'storage:s1/d', 'storage:s2']);
    expect(code).toBe(65);
    expect(stderr).toBe('drey: storage:s1/d/sub: There is a file where this folder should go.\n');
    expect(await names(join(home, 's2'))).toEqual(['d/', 'd/a', 'd/sub', 'd/z/', 'd/z/y']);
    expect(await shell.ok('cat', 'storage:s2/d/a', 'storage:s2/d/sub')).toBe('afile');
    expect((await shell.run(['cp', '-r', 'storage:s1', '-t', 'storage:s1'])).code).toBe(65);
  });

  test('what comes down is named so that it can be typed again', async () => {
    const { server, shell } = await prepare();
    await makeTree(server.homeOf('bob'), { 'd/a b': 'a', 'd/sub/c': 'c', 'd/in-the-way/e': 'e' });
    await makeTree(shell.folder, { 'd/in-the-way': 'file' });
    const { code, stderr } = await shell.run(['cp', '-rv', 'storage:/bob/d', '.']);
    expect(code).toBe(65);
    expect(stderr.split('\n').slice(0, -2).sort()).toEqual([
      'drey: storage:d/in-the-way: There is a file where this folder should go.',
      'storage:d/a%20b',
      'storage:d/sub/c',
    ]);
    await shell.ok('cp', '-T', 'storage:d/a%20b', 'again');
  });

  test('of a folder with /. what is in it is copied, whether the target is there or not', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(home, { 'd/a': 'a', 'd/sub/b': 'b', 'e/': '' });
    for (let time = 0; time < 2; time += 1) {
      await shell.ok('cp', '-r', 'storage:d/.', 'down');
      expect(await names(join(shell.folder, 'down'))).toEqual(['a', 'sub/', 'sub/b']);
    }
    for (const target of ['storage:e', 'storage:new', 'storage:new/.', 'storage:']) {
      await shell.ok('cp', '-r', 'storage:d/.', target);
    }
    for (const folder of ['e', 'new']) {
      expect(await names(join(home, folder))).toEqual(['a', 'sub/', 'sub/b']);
    }
    expect(await names(home)).toEqual(expect.arrayContaining(['a', 'd/', 'd/a', 'sub/', 'sub/b']));
    await shell.ok('cp', '-r', 'storage:.', 'all');
    expect(await names(join(shell.folder, 'all'))).toEqual(await names(home));
    const refused = [
      ['cp', '-r', 'storage:d/.', 'storage:d'],
      ['cp', 'storage:a/.', 'x'],
      ['mv', 'storage:d/.', 'storage:e'],
      ['rm', '-r', 'storage:d/.'],
    ];
    for (const args of refused) expect([args, (await shell.run(args)).code]).toEqual([args, 65]);
    expect(await names(join(home, 'd'))).toEqual(['a', 'sub/', 'sub/b']);
  });

  test('mv renames, moves into folders, and replaces files but never folders', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'src/a.txt': 'a', 'src/b.txt': 'b', 'src/d/x': 'x', 'src/e/d/y': 'y' });
    await shell.ok('cp', '-r', '-T', 'src', 'storage:');
    await shell.ok('mv', 'storage:a.txt', 'storage:b.txt');
    expect(await shell.ok('cat', 'storage:b.txt')).toBe('a');
    await shell.ok('mv', 'storage:b.txt', '-t', 'storage:e');
    expect((await shell.run(['mv', 'storage:d', 'storage:e'])).code).toBe(65);
    await shell.ok('mv', '-T', 'storage:d', 'storage:f');
    expect(await names(home)).toEqual(['e/', 'e/b.txt', 'e/d/', 'e/d/y', 'f/', 'f/x']);
  });
});

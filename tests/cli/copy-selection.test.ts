import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Names that have broken programs like this one. */
const hostileNames = [
  '-rf',
  '--help',
  '~',
  '$HOME',
  '`id`',
  '...',
  '..x',
  '.hidden',
  'a b',
  ' leading',
  '100%',
  '%2e%2e%2fx',
  'a+b&c=d;e#f?g',
  'quote"and\'more',
  'back\\slash',
  'star*[1]{2}',
  '日本語',
  'é (combined) e\u0301',
  '🐿️',
  '__proto__',
  'constructor',
  'ü'.repeat(127),
];

describe('what a copy takes', () => {
  test('names of every kind come back as they went, in trees and by themselves', async () => {
    const { shell, home } = await prepare();
    const spec = Object.fromEntries(
      hostileNames.flatMap((name) =>
        [
          [`${name}`, name],
          [`deep/${name}/${name}`, name],
        ].slice(1),
      ),
    );
    await makeTree(join(shell.folder, 'src'), spec);
    await shell.ok('cp', '-r', 'src', 'storage:dst');
    await expectSameTree(join(home, 'dst'), join(shell.folder, 'src'));
    await shell.ok('cp', '-r', 'storage:dst', 'back');
    await expectSameTree(join(shell.folder, 'back'), join(shell.folder, 'src'));
    const listed = JSON.parse(await shell.ok('ls', '-a', '--json', 'storage:dst/deep')) as { name: string }[];
    expect(listed.map(({ name }) => name).sort()).toEqual([...hostileNames].sort());
    await shell.ok('cp', '--no-glob', 'storage:dst/deep/star*[1]{2}/star*[1]{2}', 'one');
    expect((await readTree(shell.folder))['one']).toBeDefined();
  });

  test('a name that cannot be stored is told, and the others go on', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(join(shell.folder, 'src'), { 'line\nbreak': 'x', 'esc\u001b[31m': 'x', 'good.txt': 'x' });
    const { code, stderr } = await shell.run(['cp', '-r', 'src', 'storage:dst']);
    expect(code).toBe(65);
    expect(stderr).not.toContain('\u001b');
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(await names(join(home, 'dst'))).toEqual(['good.txt']);
  });

  test('a pattern in the storage is expanded as a shell would, and --no-glob takes it as it is', async () => {
    const { shell, server, names } = await prepare();
    await makeTree(server.homeOf('bob'), {
      'runs/1/log.txt': '1',
      'runs/2/log.txt': '2',
      'runs/2/model.pt': 'm',
      'runs/.hidden/log.txt': 'h',
      'a/b/c.py': 'c',
      'top.py': 't',
    });
    expect(await shell.ok('glob', 'storage:runs/*/log.txt')).toBe(
      'storage:runs/1/log.txt\nstorage:runs/2/log.txt\n',
    );
    expect(await shell.ok('glob', 'storage:**/*.py')).toBe('storage:top.py\nstorage:a/b/c.py\n');
    expect(await shell.ok('glob', 'storage:/b?b/runs/[12]/{model,none}.*')).toBe('storage:runs/2/model.pt\n');
    await mkdir(join(shell.folder, 'down'));
    await shell.ok('cp', 'storage:runs/2/*', '-t', 'down');
    expect(await names(join(shell.folder, 'down'))).toEqual(['log.txt', 'model.pt']);
    expect((await shell.run(['cp', '--no-glob', 'storage:runs/2/*', 'down'])).code).toBe(72);
    expect((await shell.run(['rm', 'storage:runs/2/*'])).code).toBe(72);
    await shell.ok('rm', '--glob', 'storage:runs/2/*');
    expect(await shell.ok('ls', 'storage:runs/2')).toBe('');
  });

  test('--exclude and --include count in their order, and ignore files are heeded in each folder', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(join(shell.folder, 'src'), {
      'a.tmp': '',
      'keep.tmp': '',
      'b.txt': '',
      'cache/x.txt': '',
      'sub/.dreyignore': '*.log\n!main.log\n/only-here\n',
      'sub/x.log': '',
      'sub/main.log': '',
      'sub/only-here': '',
      'sub/deep/y.log': '',
      'sub/deep/only-here': '',
      'other/x.log': '',
    });
    const rules = ['--exclude', '*.tmp', '--include', 'keep.tmp', '--exclude', 'cache/'];
    await shell.ok('cp', '-r', ...rules, 'src', 'storage:dst');
    expect(await names(join(home, 'dst'))).toEqual([
      'b.txt',
      'keep.tmp',
      'other/',
      'other/x.log',
      'sub/',
      'sub/.dreyignore',
      'sub/deep/',
      'sub/deep/only-here',
      'sub/main.log',
    ]);
    await writeFile(join(shell.folder, 'rules'), '*\n!*.txt\n');
    await shell.ok('cp', '-r', '--exclude-from-files', './rules', 'src', 'storage:texts');
    expect(await names(join(home, 'texts'))).toEqual(['b.txt']);
  });

  test('what is there already is left alone, -u looks at the time alone, and -f copies all the same', async () => {
    const { shell, home } = await prepare();
    const [older, newer] = [new Date('2020-01-01T00:00:00Z'), new Date('2021-01-01T00:00:00Z')];
    const local = join(shell.folder, 'a.txt');
    const stored = join(home, 'a.txt');
    const copied = async (...flags: string[]) =>
      (await shell.run(['cp', '-v', ...flags, 'a.txt', 'storage:'])).stderr.startsWith('a.txt\n');
    await writeFile(local, 'one');
    await utimes(local, older, older);
    expect(await copied()).toBe(true);
    expect(await copied()).toBe(false);
    expect(await copied('-f')).toBe(true);
    await writeFile(stored, 'other');
    await utimes(stored, newer, newer);
    expect(await copied('-u')).toBe(false);
    expect(await copied()).toBe(true);
    expect(await shell.ok('cat', 'storage:a.txt')).toBe('one');
    await utimes(stored, newer, newer);
    expect(await copied('--continue')).toBe(false);
  });

  test('links are followed, and one that leads in a circle is told', async () => {
    const { shell, home, names } = await prepare();
    await makeTree(shell.folder, { 'data/x': 'x', 'src/sub/': '' });
    await symlink('../data', join(shell.folder, 'src/linked'));
    await symlink('..', join(shell.folder, 'src/sub/up'));
    await symlink('nowhere', join(shell.folder, 'src/dangling'));
    const { code, stderr } = await shell.run(['cp', '-r', 'src', 'storage:dst']);
    expect(code).toBe(72);
    expect(stderr).toContain('src/dangling');
    expect(stderr).toContain('leads back to a folder above it');
    expect(await names(join(home, 'dst'))).toEqual(['linked/', 'linked/x', 'sub/']);
  });
});

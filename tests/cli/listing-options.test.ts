import { symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodeFor } from '../../cli/exit-code.ts';
import type { Link, Root, Rows } from '../../server/contract/schemas.ts';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';
import { makeTree, readTree, type TreeSpec } from './file-tree.ts';

async function prepare(spec: TreeSpec = {}) {
  const server = await startTestServer();
  const shell = await openShell(server, server.bob);
  const home = server.homeOf('bob');
  await makeTree(home, spec);
  const share = (uri: string, level: string) =>
    server.as(server.bob).post('/api/v1/grants').send({ uri, grantee: 'user:alice', level }).expect(201);
  return { server, shell, home, share };
}

describe('what is listed', () => {
  test('stands in the order asked for: the largest first, or the newest', async () => {
    const { shell, home } = await prepare({ 'a.txt': 'xx', 'b.txt': 'xxx', 'c.txt': 'x' });
    for (const [name, year] of Object.entries({ 'a.txt': 2021, 'b.txt': 2020, 'c.txt': 2022 })) {
      await utimes(join(home, name), new Date(0), new Date(`${year}-01-01T00:00:00Z`));
    }
    const orders = { name: 'abc', size: 'bac', time: 'cab' };
    for (const [key, order] of Object.entries(orders)) {
      const letters = (text: string) => text.match(/[abc](?=\.txt)/g)?.join('');
      expect(letters(await shell.ok('ls', '--sort', key)), key).toBe(order);
      expect(letters(await shell.ok('tree', '--sort', key)), key).toBe(order);
    }
  });

  test('tree -s tells sizes in bytes, -h in short, and -L 1 goes no deeper than the folder itself', async () => {
    const { shell } = await prepare({ 'a.txt': 'x'.repeat(2000), 'b/c.txt': 'x' });
    expect(await shell.ok('tree', '-s', '-L', '1')).toBe(
      'storage:\n├── [          -]  b\n└── [       2000]  a.txt\n\n1 folder, 1 file\n',
    );
    expect(await shell.ok('tree', '-h', '-L', '2')).toBe(
      'storage:\n├── [   -]  b\n│   └── [   1]  c.txt\n└── [2.0K]  a.txt\n\n1 folder, 2 files\n',
    );
  });

  test('df -b tells space in bytes, and df of something that of its root alone', async () => {
    const { server, share } = await prepare({ 'team/': '' });
    await share('storage:team', 'read');
    const alices = await openShell(server, server.alice);
    const roots = (await server.as(server.alice).get('/api/v1/roots').expect(200)).body as Rows<Root>;
    const total = roots.items.find(({ name }) => name === 'alice')?.totalBytes;
    const rows = async (...args: string[]) => (await alices.ok('df', ...args)).trimEnd().split('\n').slice(1);
    expect((await rows('-b'))[0]).toMatch(new RegExp(`^alice +${total} +\\d{4,} +\\d{4,} +\\d+% +manage$`));
    expect((await rows()).map((row) => row.split(' ')[0])).toEqual(['alice', 'bob']);
    expect(await rows('storage:/bob/team')).toEqual([expect.stringMatching(/^bob /)]);
  });

  test('glob ** goes into no folder that begins with a dot, unless it is named', async () => {
    const { shell } = await prepare({ 'a/b.py': '', 'a/.dot/c.py': '', '.dot/d.py': '', '.e.py': '' });
    expect(await shell.ok('glob', 'storage:**/*.py')).toBe('storage:a/b.py\n');
    expect(await shell.ok('glob', 'storage:**')).toBe('storage:a\nstorage:a/b.py\n');
    expect(await shell.ok('glob', 'storage:.dot/**')).toBe('storage:.dot/d.py\n');
  });

  test('rm -v names what it deleted, as it may be typed again', async () => {
    const { shell } = await prepare({ 'a.txt': '', 'dir/b': '' });
    expect(await shell.ok('rm', '-rv', 'storage:a.txt', 'storage:/bob/dir')).toBe(
      'deleted storage:a.txt\ndeleted storage:/bob/dir\n',
    );
    expect(await shell.ok('ls', '-a')).toBe('');
  });
});

describe('links', () => {
  test('that have ended are listed with -a alone', async () => {
    const { server, shell } = await prepare({ 'a.txt': 'a' });
    const { id } = await server.link(server.bob, { items: ['storage:a.txt'] });
    await shell.ok('link', 'revoke', id);
    expect(await shell.ok('link', 'ls')).toBe('');
    expect(await shell.ok('link', 'ls', '-a')).toBe(`${id}\trevoked\tnever\tstorage:a.txt\t\n`);
  });

  test('lose their label by an empty one, and their limit by none', async () => {
    const { server, shell } = await prepare({ 'a.txt': 'a' });
    const made = { items: ['storage:a.txt'], label: 'mine', maxDownloads: 3, note: 'hello' };
    const { id } = await server.link(server.bob, made);
    const now = async () => (await server.as(server.bob).get(`/api/v1/links/${id}`).expect(200)).body as Link;
    expect(await now()).toMatchObject({ label: 'mine', maxDownloads: 3, note: 'hello' });
    await shell.ok('link', 'edit', id, '--label', '', '--max-downloads', 'none', '--note', '');
    expect(await now()).toMatchObject({ label: null, maxDownloads: null, note: null });
  });

  test.each([
    ['Asia/Tokyo', '2030-01-02', '2030-01-01T15:00:00.000Z'],
    ['Asia/Tokyo', '2030-01-02T18:00', '2030-01-02T09:00:00.000Z'],
    ['Asia/Tokyo', '2030-01-02T18:00Z', '2030-01-02T18:00:00.000Z'],
    ['America/New_York', '2030-07-02', '2030-07-02T04:00:00.000Z'],
  ])('end by the clock of whoever makes them: in %s, %s is %s', async (TZ, typed, expected) => {
    const { server, shell } = await prepare({ 'a.txt': 'a' });
    server.time.now = new Date('2029-01-01T00:00:00Z');
    const made = await shell.run(['link', 'create', '--expires', typed, 'storage:a.txt'], { env: { TZ } });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const [link] = JSON.parse(await shell.ok('link', 'ls', '--json')) as Link[];
    expect(link?.expiresAt).toBe(expected);
  });
});

describe('rights', () => {
  test('acl ls tells what is shared, not the roots that lead there', async () => {
    const { server, share } = await prepare({ 'team/': '' });
    await share('storage:team', 'read');
    const alices = await openShell(server, server.alice);
    expect(await alices.ok('acl', 'ls')).toBe(
      'storage:\tmanage\nstorage:/bob/team\tuser:alice\tread\tby bob\n',
    );
  });

  test('stat tells whoever may only list a file what it is, and no checksum', async () => {
    const { server, share } = await prepare({ 'team/': '' });
    await server.put(server.bob, 'bob/team/a.txt', 'a');
    await share('storage:team', 'list');
    const alices = await openShell(server, server.alice);
    const told = await alices.ok('stat', 'storage:/bob/team/a.txt');
    expect(told).toMatch(/Name: a\.txt\n[^]*Level: list\n$/);
    expect(told).not.toContain('SHA-256');
  });
});

describe('what a copy leaves out', () => {
  test('is said by the command line before ignore files, in both directions', async () => {
    const { shell, home } = await prepare();
    await makeTree(join(shell.folder, 'src'), {
      'sub/.dreyignore': '*.log\n!keep.tmp\n',
      'sub/main.log': '',
      'sub/x.log': '',
      'sub/keep.tmp': '',
    });
    const rules = ['--include', 'main.log', '--exclude', '*.tmp', '--exclude', '.dreyignore'];
    await shell.ok('cp', '-r', ...rules, 'src', 'storage:dst');
    expect(Object.keys(await readTree(join(home, 'dst')))).toEqual(['sub/', 'sub/main.log']);
  });
});

describe('what this machine refuses', () => {
  test('ends in 74 when its disk is full', async () => {
    const { shell } = await prepare({ 'a.txt': 'a' });
    await symlink('/dev/full', join(shell.folder, 'a.txt.drey.part'));
    expect(await shell.run(['cp', 'storage:a.txt', '.'])).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/^drey: [^\n]*The disk is full\.\n$/),
    });
  });

  test.each([
    ['EACCES', 77],
    ['EPERM', 77],
    ['EROFS', 77],
    ['ENOSPC', 74],
    ['EDQUOT', 74],
    ['EIO', 74],
    ['ENOENT', 72],
    ['ENOTDIR', 65],
    ['ENAMETOOLONG', 65],
    ['ESOMETHING', 70],
  ])('by %s ends in %i', (code, expected) => {
    expect(exitCodeFor(Object.assign(new Error(code), { code }))).toBe(expected);
  });
});

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandTable } from '../../cli/command-table.ts';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';
import { makeTree, readTree } from './file-tree.ts';

async function prepare() {
  const server = await startTestServer();
  const shell = await openShell(server, server.bob);
  return { server, shell };
}

test('what is asked of something that is not there is an error, not an empty answer', async () => {
  const { shell } = await prepare();
  const questions = [
    ['acl', 'ls'],
    ['acl', 'explain'],
    ['link', 'ls'],
    ['df'],
    ['ls'],
    ['stat'],
    ['tree'],
    ['browse'],
  ];
  for (const words of questions) {
    const rest = words[1] === 'explain' ? ['bob'] : [];
    const { code, stdout, stderr } = await shell.run([...words, 'storage:nothing', ...rest]);
    expect({ words, code, stdout }).toEqual({ words, code: 72, stdout: '' });
    expect(stderr).toMatch(/^drey: storage:nothing: .*\n$/);
  }
});

describe('in a pipe', () => {
  test('- stands for standard input and output, byte for byte', async () => {
    const { server, shell } = await prepare();
    const input = randomBytes(3_000_000);
    expect(await shell.run(['cp', '-', 'storage:in.bin'], { input })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    await makeTree(shell.folder, { 'same.bin': input });
    expect((await readTree(server.homeOf('bob')))['in.bin']).toBe((await readTree(shell.folder))['same.bin']);
    await server.put(server.bob, 'bob/a.txt', 'ünï\n');
    expect(await shell.ok('cp', 'storage:a.txt', '-')).toBe('ünï\n');
    expect(await shell.ok('cat', 'storage:a.txt', 'storage:a.txt')).toBe('ünï\nünï\n');
    expect((await shell.run(['cp', '-', 'storage:'], { input: 'x' })).code).toBe(65);
  });

  test('listings are one name a line, without colours, dots only with -a', async () => {
    const { server, shell } = await prepare();
    await makeTree(server.homeOf('bob'), { 'b/c.txt': 'xyz', 'a.txt': 'x'.repeat(2000), '.dot': '' });
    expect(await shell.ok('ls')).toBe('b\na.txt\n');
    expect(await shell.ok('ls', '-a')).toBe('b\n.dot\na.txt\n');
    expect(await shell.ok('ls', '--full-uri', 'storage:b')).toBe('storage://home/bob/b/c.txt\n');
    expect(await shell.ok('ls', '-d', 'storage:b')).toBe('storage:b\n');
    expect(await shell.ok('ls', 'storage:b', 'storage:a.txt')).toBe(
      'storage:b:\nc.txt\n\nstorage:a.txt:\nstorage:a.txt\n',
    );
    expect(await shell.ok('ls', '-lh', 'storage:a.txt')).toMatch(
      /^- manage {2}2\.0K {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}storage:a\.txt\n$/,
    );
    expect(await shell.ok('tree', '-a')).toBe(
      'storage:\n├── b\n│   └── c.txt\n├── .dot\n└── a.txt\n\n1 folder, 3 files\n',
    );
    const [entry] = JSON.parse(await shell.ok('stat', '--json', 'storage:b/c.txt')) as object[];
    expect(entry).toMatchObject({
      name: 'c.txt',
      size: 3,
      level: 'manage',
      uri: 'storage://home/bob/b/c.txt',
    });
    expect(await shell.ok('stat', 'storage:b')).not.toContain('SHA-256');
    expect(await shell.ok('stat', 'storage:b/c.txt')).not.toContain('SHA-256');
    await server.put(server.bob, 'bob/d.txt', 'x');
    const sha256 = createHash('sha256').update('x').digest('hex');
    expect(await shell.ok('stat', 'storage:d.txt')).toContain(` SHA-256: ${sha256}\n`);
    expect((await shell.ok('df')).split('\n')[1]).toMatch(/^bob /);
  });

  test('what is asked for as JSON is JSON, also when there is nothing or not all of it', async () => {
    const { server, shell } = await prepare();
    await makeTree(server.homeOf('bob'), { 'a.txt': 'x' });
    for (const command of ['ls', 'stat']) {
      const none = await shell.run([command, '--json', 'storage:none']);
      expect(none).toMatchObject({ code: 72, stdout: '[]\n' });
      const some = await shell.run([command, '--json', 'storage:none', 'storage:a.txt']);
      expect(some.code).toBe(72);
      expect(JSON.parse(some.stdout)).toMatchObject([{ name: 'a.txt' }]);
    }
    expect(await shell.ok('link', 'ls', '--json')).toBe('[]\n');
  });

  test('a reader that has had enough ends the command in silence', async () => {
    const { server, shell } = await prepare();
    await server.put(server.bob, 'bob/big', randomBytes(4_000_000));
    const { child, outcome } = shell.start(['cat', 'storage:big']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('an output that has no room is told in one line', async () => {
    const { server, shell } = await prepare();
    await server.put(server.bob, 'bob/a.txt', 'a');
    for (const args of [
      '--version',
      'ls --help',
      'ls',
      'whoami',
      'cat storage:a.txt',
      'cp storage:a.txt -',
      'link create storage:a.txt',
    ]) {
      const { code, stderr } = await shell.runLine(`drey ${args} > /dev/full`);
      expect({ args, code, stderr }).toEqual({
        args,
        code: 74,
        stderr: 'drey: standard output: The disk is full.\n',
      });
    }
  });
});

describe('exit codes', () => {
  test.each([
    [2, ['nonsense']],
    [2, ['ls', '--no-such-option']],
    [2, ['cp', 'storage:only-one']],
    [2, ['cp', 'here', 'there']],
    [2, ['ls', '/not/a/uri']],
    [2, ['share', 'storage:a', 'alice', 'owner']],
    [2, ['link', 'create', '--expires', 'soon', 'storage:a']],
    [2, ['tree', '-L', 'abc', 'storage:']],
    [2, ['tree', '-L', '0', 'storage:']],
    [2, ['link', 'create', '--expires', '2027-02-30', 'storage:there']],
    [2, ['login', 'http://127.0.0.1:1', '--token', 'drey_x', '--user', 'bob']],
    [2, ['login', 'http://127.0.0.1:1', '--token-stdin', '--user', 'bob']],
    [2, ['login', 'http://127.0.0.1:1', '--token-stdin', '--token', 'drey_x']],
    [2, ['cp', '-T', 'here', '-t', 'storage:there']],
    [2, ['mv', '-t', 'storage:there', '-T', 'storage:a', 'storage:b']],
    [65, ['link', 'create', '--label', 'red \u001b[31m', 'storage:there']],
    [65, ['ls', 'storage:a/../b']],
    [65, ['ls', 'storage:what?']],
    [65, ['mkdir', 'storage:there']],
    [65, ['rm', 'storage:there']],
    [65, ['tree', 'storage:file']],
    [72, ['ls', 'storage:none']],
    [72, ['cat', 'storage:/alice/secret']],
    [72, ['mkdir', 'storage:none/below']],
    [72, ['rm', 'storage:none']],
    [0, ['rm', '-f', 'storage:none']],
    [0, ['mkdir', '-p', 'storage:there/and/below']],
    [0, ['cp', '--help']],
  ])('%i: drey %j', async (expected, args) => {
    const { server, shell } = await prepare();
    await makeTree(shell.folder, { here: '' });
    await makeTree(server.homeOf('bob'), { 'there/': '', file: '' });
    const { code, stderr } = await shell.run(args);
    expect(code, stderr).toBe(expected);
    if (code !== 0) expect(stderr).toMatch(/^drey: [^\n]+\n$/);
  });

  test('what the server does not take is told in whole sentences, one for each field', async () => {
    const { server, shell } = await prepare();
    await server.put(server.bob, 'bob/a.txt', 'a');
    expect(await shell.run(['link', 'create', '--password-stdin', 'storage:a.txt'], { input: '' })).toEqual({
      code: 65,
      stdout: '',
      stderr: 'drey: password: A password has at least one character.\n',
    });
    const { body } = await server
      .as(server.bob)
      .post('/api/v1/links')
      .send({ items: 1, label: 2 })
      .expect(400);
    expect(body.error.message).toMatch(/^items: [^.]*\. label: [^.]*\.$/);
  });

  test('77 for a token that is not taken, 74 for a server that is not there', async () => {
    const { shell } = await prepare();
    const refused = await shell.run(['ls'], { env: { DREY_TOKEN: 'drey_nonsense' } });
    expect(refused).toMatchObject({ code: 77 });
    expect(refused.stderr).toContain('drey login');
    const gone = await shell.run(['ls'], { env: { DREY_URL: 'http://127.0.0.1:1' } });
    expect(gone).toMatchObject({ code: 74 });
    expect(gone.stderr).toContain('Is the server running?');
    const torn = await shell.run(['ls'], { env: { DREY_TOKEN: 'drey_non\nsense' } });
    expect(torn).toMatchObject({ code: 77 });
    expect(torn.stderr).toMatch(/^drey: DREY_TOKEN is not a token[^\n]*\n$/);
  });
});

describe('help', () => {
  test('has examples for every command of the client', async () => {
    const { shell } = await prepare();
    const names = Object.entries(commandTable).flatMap(([name, { load }]) => (load ? [[name]] : []));
    const subcommands = ['grant', 'revoke', 'ls', 'explain'].map((name) => ['acl', name]);
    const ofLinks = ['create', 'ls', 'show', 'edit', 'publish', 'drops', 'revoke', 'restore', 'renew'];
    for (const words of [...names, ...subcommands, ...ofLinks.map((name) => ['link', name])]) {
      expect(await shell.ok(...words, '--help'), words.join(' ')).toContain('\nExamples:\n');
    }
  });

  test('a shell that completes offers nothing of this machine for what is in the storage', async () => {
    const { shell } = await prepare();
    await makeTree(shell.folder, { 'local.txt': '', script: await shell.ok('completion', 'bash') });
    const complete = (line: string) =>
      promisify(execFile)(
        'bash',
        [
          '-c',
          `compopt() { echo "without $*"; }; . ./script; COMP_LINE='${line}' COMP_POINT=${line.length}
           COMP_WORDS=(${line.replaceAll(':', ' : ')}) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _drey; echo "\${COMPREPLY[*]}"`,
        ],
        { cwd: shell.folder },
      );
    expect((await complete('drey ls storage:lo')).stdout).toBe('without +o default +o bashdefault\n\n');
    expect((await complete('drey ls --js')).stdout).toBe('--json\n');
  });
});

describe('signing in', () => {
  test('keeps the token for its owner alone, and the environment wins over it', async () => {
    const { server } = await prepare();
    const shell = await openShell(server);
    expect((await shell.run(['ls'])).stderr).toBe('drey: You are not signed in. Run: drey login URL\n');
    const login = await shell.run(['login', server.origin, '--token-stdin'], {
      input: `${server.bob.token}\n`,
    });
    expect(login).toMatchObject({ code: 0, stdout: '' });
    expect((await stat(join(shell.folder, '.config/drey/config.json'))).mode & 0o777).toBe(0o600);
    expect(await shell.ok('whoami')).toBe('bob\n');
    const env = { DREY_URL: server.origin, DREY_TOKEN: server.alice.token };
    expect((await shell.run(['whoami'], { env })).stdout).toBe('alice\n');
    await shell.ok('logout');
    expect((await shell.run(['whoami'])).code).toBe(77);
  });

  test('a token that is refused is not kept', async () => {
    const { server } = await prepare();
    const shell = await openShell(server);
    expect((await shell.run(['login', server.origin, '--token', 'drey_nonsense'])).code).toBe(77);
    expect((await shell.run(['whoami'])).stderr).toContain('You are not signed in');
  });
});

describe('sync', () => {
  test('brings over what differs, deletes only when told to, and says so first with --dry-run', async () => {
    const { server, shell } = await prepare();
    const home = join(server.homeOf('bob'), 'site');
    await makeTree(join(shell.folder, 'site'), { 'a.txt': 'a', 'sub/b.txt': 'b', 'empty/': '' });
    await makeTree(home, { 'old.txt': 'o', 'sub/old.txt': 'o', 'gone/x': 'x', 'keep.tmp': 'k' });
    const run = (...flags: string[]) =>
      shell.ok('sync', '--exclude', '*.tmp', ...flags, 'site', 'storage:site');
    expect(await run('--dry-run', '--delete')).toBe(
      'copy a.txt\nmake empty/\ncopy sub/b.txt\ndelete gone\ndelete old.txt\ndelete sub/old.txt\n',
    );
    expect(Object.keys(await readTree(home))).toContain('old.txt');
    await run();
    expect(Object.keys(await readTree(home))).toContain('old.txt');
    await run('--delete');
    expect(Object.keys(await readTree(home))).toEqual(['a.txt', 'empty/', 'keep.tmp', 'sub/', 'sub/b.txt']);
    expect(await run('--dry-run', '--delete')).toBe('');
    await makeTree(home, { 'old.txt': 'o' });
    const toldOf = async (...args: string[]) =>
      (await shell.run(['sync', '--delete', '-v', ...args])).stderr.split('\n').slice(0, -2).sort();
    expect(await toldOf('--exclude', '*.tmp', 'site', 'storage:site')).toEqual([
      'deleted storage:site/old.txt',
    ]);
    await makeTree(shell.folder, { 'down/extra.txt': 'e' });
    expect(await toldOf('storage:site/sub', 'down')).toEqual([
      'deleted down/extra.txt',
      'storage:site/sub/b.txt',
    ]);
    expect(Object.keys(await readTree(join(shell.folder, 'down')))).toEqual(['b.txt']);
  });
});

describe('names that a server makes up', () => {
  test('do not leave the folder that is copied to', async () => {
    const shell = await openShell(await startTestServer());
    const entry = {
      kind: 'file',
      size: 1,
      modifiedAt: new Date().toISOString(),
      etag: 'x',
      level: 'read',
      uri: '',
    };
    const evil = createServer((request, response) => {
      const folder = { ...entry, name: 'src', kind: 'directory', size: null };
      const children = { items: [{ ...entry, name: '../../escaped' }], next: null, total: 1 };
      response.setHeader('Content-Type', 'application/json');
      if (request.url?.includes('/session')) {
        response.end(JSON.stringify({ user: { name: 'bob' }, cluster: 'home', home: '' }));
      } else if (request.url?.includes('/entries/'))
        response.end(JSON.stringify({ entry: folder, children }));
      else response.end('!');
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void evil.close());
    const { port } = evil.address() as { port: number };
    const env = { DREY_URL: `http://127.0.0.1:${port}`, DREY_TOKEN: 'drey_x' };
    const { code } = await shell.run(['cp', '-r', 'storage:src', 'dst'], { env });
    expect(code).toBe(65);
    expect(Object.keys(await readTree(shell.folder)).filter((path) => path.includes('escaped'))).toEqual([]);
  });
});

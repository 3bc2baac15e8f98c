import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Token } from '../../server/contract/schemas.ts';
import { password, startServerOn, startTestServer } from '../support/test-server.ts';
import { openShell, Shell } from './drey-process.ts';

describe("an operator's commands", () => {
  test('reach the server: a user is made, a token is printed alone, and serve ends when it is asked to', async () => {
    const { folder } = await openShell(await startTestServer());
    const shell = new Shell(folder, { DREY_DATA: join(folder, 'data'), DREY_PORT: '0' });
    const added = await shell.run(['user', 'add', 'eve', '--password-stdin'], { input: `${password}\n` });
    expect(added).toMatchObject({ code: 0, stdout: '' });
    const token = await shell.ok('token', 'create', '--user', 'eve');
    expect(token).toMatch(/^drey_\S+\n$/);
    expect((await shell.run(['user', 'add', 'eve', '--password-stdin'], { input: password })).code).toBe(65);

    const { child, outcome } = shell.start(['serve']);
    const [said] = (await once(child.stdout as Readable, 'data')) as [Buffer];
    const url = /http:\/\/[\d.:]+/.exec(String(said))?.[0] ?? '';
    const env = { DREY_URL: url, DREY_TOKEN: token.trim() };
    expect((await shell.run(['whoami'], { env })).stdout).toBe('eve\n');
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });

  /** An installation of its own, without a server. */
  async function install() {
    const { folder } = await openShell(await startTestServer());
    const shell = new Shell(folder, {
      DREY_DATA: join(folder, 'data'),
      DREY_PUBLIC_URL: 'https://d.example',
    });
    const user = async (name: string, ...more: string[]) =>
      expect(
        (await shell.run(['user', 'add', name, '--password-stdin', ...more], { input: password })).code,
      ).toBe(0);
    await user('ann', '--admin');
    await user('bob');
    return { shell, user };
  }

  test('manage users from coming to leaving', async () => {
    const { shell, user } = await install();
    expect(await shell.ok('user', 'ls')).toMatch(
      /^NAME +ROLE[^\n]+\nann +admin +active[^\n]+\nbob +user +active/,
    );
    await shell.ok('user', 'disable', 'bob');
    expect(JSON.parse(await shell.ok('user', 'ls', '--json'))).toMatchObject([
      { name: 'ann', isAdmin: true, quotaBytes: null },
      { name: 'bob', isDisabled: true, createdAt: expect.stringMatching(/Z$/) },
    ]);
    await shell.ok('user', 'enable', 'bob');
    await shell.ok('user', 'quota', 'bob', '1.5G');
    expect(await shell.ok('user', 'ls')).toMatch(/\nann [^\n]+ none\nbob [^\n]+ 0 of 1500M\n/);
    await shell.ok('user', 'quota', 'bob', 'none');
    expect(await shell.ok('user', 'ls')).toMatch(/\nbob [^\n]+ none\n/);
    expect((await shell.run(['user', 'quota', 'bob', 'a lot'])).code).toBe(2);
    expect((await shell.run(['user', 'quota', 'nobody', '1G'])).code).toBe(72);
    const set = await shell.run(['user', 'passwd', 'bob'], { input: 'another long one' });
    expect(set.code).toBe(0);
    expect((await shell.run(['user', 'passwd', 'bob'], { input: 'short' })).code).toBe(65);
    const invite = await shell.ok('user', 'invite', 'carol', '--expires', '12h');
    expect(invite).toMatch(/^https:\/\/d\.example\/invite#inv_[\w-]{43}\n$/);
    await mkdir(join(shell.folder, 'data/storage/bob/work'));
    const refused = await shell.run(['user', 'rm', 'bob']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const gone = await shell.run(['user', 'rm', 'bob', '--yes']);
    expect([gone.code, gone.stderr]).toEqual([0, expect.stringContaining('drey user give-home bob')]);
    expect(await shell.ok('user', 'give-home', 'bob', 'ann')).toBe('storage://home/ann/from-bob\n');
    await user('eve');
    await mkdir(join(shell.folder, 'data/storage/eve/work'));
    await shell.ok('user', 'rm', 'eve', '--yes', '--give-home-to', 'ann');
    expect(await readdir(join(shell.folder, 'data/storage'))).toEqual(['ann']);
    expect((await shell.run(['user', 'rm', 'ann', '--yes'])).code, 'the last administrator').toBe(65);
    expect((await shell.run(['user', 'rm', 'nobody', '--yes'])).code).toBe(72);
  }, 120_000);

  test('manage groups and tokens', async () => {
    const { shell } = await install();
    await shell.ok('group', 'add', 'vision');
    await shell.ok('group', 'join', 'vision', 'ann', 'bob');
    expect(await shell.ok('group', 'ls')).toBe('NAME    MEMBERS\nvision  ann, bob\n');
    await shell.ok('group', 'leave', 'vision', 'ann');
    expect(JSON.parse(await shell.ok('group', 'ls', '--json'))).toEqual([
      { name: 'vision', members: ['bob'] },
    ]);
    await shell.ok('group', 'rm', 'vision', '--yes');
    expect(await shell.ok('group', 'ls')).toBe('');

    const create = ['token', 'create', '--user', 'bob', '--label', 'ci', '--expires', '30d'];
    expect(await shell.ok(...create, '--read-only', '--uri', 'storage:runs')).toMatch(/^drey_[\w-]{49}\n$/);
    const [row] = JSON.parse(await shell.ok('token', 'ls', '--json')) as { id: string }[];
    expect(row).toMatchObject({ user: 'bob', label: 'ci', level: 'read', uris: ['storage://home/bob/runs'] });
    expect((await shell.run([...create, '--expires', 'soon'])).code).toBe(2);
    expect((await shell.run([...create, '--uri', '../x'])).code).toBe(65);
    expect((await shell.run(['token', 'create'])).code, 'whose?').toBe(2);
    await shell.ok('token', 'revoke', row?.id ?? '');
    expect(await shell.ok('token', 'ls')).toBe('');
    expect((await shell.run(['token', 'revoke', row?.id ?? ''])).code).toBe(72);
  }, 120_000);

  test('make invites and tokens with what was asked for', async () => {
    const { shell } = await install();
    await shell.ok('group', 'add', 'vision');
    await shell.ok('user', 'invite', 'carol', '--admin', '--group', 'vision');
    await shell.ok('token', 'create', '--user', 'bob', '--expires', '30d');
    const server = await startServerOn(join(shell.folder, 'data'));
    const { body } = await server.as(server.alice).get('/api/v1/invites').expect(200);
    expect(body.items).toMatchObject([{ name: 'carol', isAdmin: true, groups: ['vision'] }]);
    const tokens = await server.as(server.bob).get('/api/v1/tokens').expect(200);
    const made = (tokens.body.items as Token[]).find(({ label }) => label === '')!;
    expect(Date.parse(made.expiresAt!) - Date.parse(made.createdAt)).toBe(30 * 86_400_000);
    await server.close();
  }, 120_000);

  test('rotate and retire keys, saying first how many links die', async () => {
    const { shell } = await install();
    const [{ kid }] = JSON.parse(await shell.ok('key', 'ls', '--json')) as [{ kid: string }];
    expect((await shell.run(['key', 'retire', kid, '--yes'])).code, 'in use').toBe(65);
    const next = (await shell.ok('key', 'rotate')).trim();
    expect(await shell.ok('key', 'ls')).toMatch(
      new RegExp(`\n${next} +new links +0\n${kid} +old links +0\n$`),
    );
    const asked = await shell.run(['key', 'retire', kid]);
    expect([asked.code, asked.stderr]).toEqual([
      2,
      expect.stringContaining('The addresses of 0 live links end'),
    ]);
    await shell.ok('key', 'retire', kid, '--yes');
    expect(JSON.parse(await shell.ok('key', 'ls', '--json'))).toMatchObject([{ kid: next, isCurrent: true }]);
  }, 120_000);

  test('explain themselves, and what makes no sense to them', async () => {
    const { folder } = await openShell(await startTestServer());
    const shell = new Shell(folder, { DREY_DATA: join(folder, 'data') });
    expect(await shell.ok('user', '--help')).toContain('give-home');
    expect(await shell.ok('serve', '--help')).toContain('Examples:');
    for (const name of ['user', 'group', 'token', 'key']) {
      const [about = '', examples] = (await shell.ok(name, '--help')).split('\nExamples:\n');
      expect(examples, name).toBeDefined();
      const [, ...commands] = about.slice(about.indexOf('Commands:')).split(/\n {2}(?=\w)/);
      expect(commands.length).toBeGreaterThan(3);
      for (const [command] of commands.map((line) => line.split(' '))) {
        const help = command === 'help' ? '\nExamples:\n' : await shell.ok(name, command!, '--help');
        expect(help, `${name} ${command}`).toContain('\nExamples:\n');
      }
    }
    const { code, stdout, stderr } = await shell.run(['token']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: drey token');
    expect(stderr).not.toContain('outputHelp');
    expect((await shell.run(['user', 'frobnicate'])).code).toBe(2);
    expect((await shell.run(['key', 'retire'])).code).toBe(2);
  }, 120_000);
});

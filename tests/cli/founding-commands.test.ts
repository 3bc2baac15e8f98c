import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';
import { expectSameTree, makeTree } from './file-tree.ts';

describe('the founding commands', () => {
  test('bob copies a folder in and shares it; alice works there and shares on; carol reads, and sees no more', async () => {
    const server = await startTestServer();
    const carol = await server.createUser('carol');
    const bobs = await openShell(server, server.bob);
    const alices = await openShell(server, server.alice);
    const carols = await openShell(server, carol);
    await makeTree(join(bobs.folder, 'cifar'), {
      'data/one.bin': 'one',
      'data/two.bin': 'two',
      'labels.txt': 'x',
    });
    await makeTree(bobs.folder, { 'private/diary.txt': 'secret' });

    await bobs.ok('cp', '-r', 'cifar', 'storage:cifar-10');
    await bobs.ok('cp', '-r', 'private', 'storage:');
    await expectSameTree(join(server.homeOf('bob'), 'cifar-10'), join(bobs.folder, 'cifar'));
    await bobs.ok('share', 'storage:cifar-10', 'alice', 'manage');

    expect((await alices.ok('ls', 'storage:/bob/cifar-10')).split('\n')).toEqual(['data', 'labels.txt', '']);
    await makeTree(alices.folder, { 'three.bin': 'three' });
    await alices.ok('cp', 'three.bin', 'storage:/bob/cifar-10/data');
    await alices.ok('rm', 'storage:/bob/cifar-10/data/one.bin');
    await alices.ok('share', 'storage:/bob/cifar-10', 'carol', 'read');

    expect(await carols.ok('cat', 'storage:/bob/cifar-10/data/three.bin')).toBe('three');
    await makeTree(carols.folder, { 'four.bin': 'four' });
    const write = await carols.run(['cp', 'four.bin', 'storage:/bob/cifar-10/data']);
    expect(write).toMatchObject({ code: 77, stdout: '' });
    expect(write.stderr).toBe(
      'drey: storage:/bob/cifar-10/data: This needs the level "write"; yours here is "read".\n',
    );
    const removal = await carols.run(['rm', 'storage:/bob/cifar-10/labels.txt']);
    expect([removal.code, removal.stderr]).toEqual([77, expect.stringContaining('needs the level "write"')]);
    const sharing = await carols.run(['share', 'storage:/bob/cifar-10', 'alice', 'read']);
    expect([sharing.code, sharing.stderr]).toEqual([77, expect.stringContaining('needs the level "manage"')]);
    const peek = await carols.run(['ls', 'storage:/bob/private']);
    expect(peek).toEqual({
      code: 72,
      stdout: '',
      stderr: 'drey: storage:/bob/private: There is nothing here.\n',
    });
    for (const command of ['stat', 'cat', 'rm'])
      expect(await carols.run([command, 'storage:/bob/private/diary.txt'])).toMatchObject({ code: 72 });
    expect(await carols.run(['cp', 'four.bin', 'storage:/bob/private/'])).toMatchObject({ code: 72 });
    expect(await carols.ok('ls', 'storage:/bob')).toBe('cifar-10\n');
    expect(await carols.ok('ls', 'storage://')).toBe('carol\nbob\n');
  });

  test('a file that is refused is told with where it was to go, a small one and a large one', async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/team').expect(201);
    const grant = { uri: 'storage:team', grantee: 'user:alice', level: 'read' };
    await server.as(server.bob).post('/api/v1/grants').send(grant).expect(201);
    const alices = await openShell(server, server.alice);
    await makeTree(alices.folder, { small: 'x', large: 'x'.repeat(1_100_000) });
    for (const file of ['small', 'large']) {
      expect(await alices.run(['cp', file, 'storage:/bob/team/new.txt'])).toMatchObject({
        code: 77,
        stderr: `drey: ${file}: storage://home/bob/team/new.txt: This needs the level "write"; yours here is "read".\n`,
      });
    }
  });

  test('what does not exist cannot be shared, and a lesser grant is warned of', async () => {
    const server = await startTestServer();
    const shell = await openShell(server, server.bob);
    await server.put(server.bob, 'bob/a.txt', 'a');
    expect(await shell.run(['share', 'storage:none', 'alice', 'read'])).toMatchObject({ code: 72 });
    await shell.ok('share', 'storage:a.txt', 'alice', 'write');
    expect(await shell.ok('acl', 'ls', 'storage:a.txt')).toBe('storage:a.txt\tuser:alice\twrite\tby bob\n');
    await server.as(server.bob).put('/api/v1/directories/bob/deep').expect(201);
    await server.put(server.bob, 'bob/deep/b.txt', 'b');
    await shell.ok('share', 'storage:deep', 'alice', 'manage');
    const lesser = await shell.run(['share', 'storage:deep/b.txt', 'alice', 'read']);
    expect(lesser).toMatchObject({ code: 0, stdout: '' });
    expect(lesser.stderr).toMatch(/^drey: They already have "manage" here/);
    expect(await shell.ok('acl', 'explain', 'storage:deep/b.txt', 'alice')).toMatch(/^manage: /);
    await shell.ok('acl', 'revoke', 'storage:a.txt', 'alice');
    await shell.ok('acl', 'revoke', 'storage:deep', 'alice');
    await shell.ok('acl', 'revoke', 'storage:deep/b.txt', 'alice');
    expect(await shell.ok('acl', 'ls', '--shared')).toBe('');
  });

  test('link create prints the address alone, and the address works until it is revoked', async () => {
    const server = await startTestServer();
    const shell = await openShell(server, server.bob);
    await server.put(server.bob, 'bob/a.txt', 'hello');
    const { stdout, stderr } = await shell.run([
      'link',
      'create',
      '--expires',
      '90m',
      '--label',
      'x',
      'storage:a.txt',
    ]);
    expect(stderr).toBe('');
    const url = stdout.trim();
    expect(stdout).toBe(`${url}\n`);
    expect(await (await fetch(`${url}/raw`)).text()).toBe('hello');
    const [link] = JSON.parse(await shell.ok('link', 'ls', '--json')) as [
      { createdAt: string; expiresAt: string },
    ];
    expect(Date.parse(link.expiresAt) - Date.parse(link.createdAt)).toBe(90 * 60_000);
    const refused = await shell.run(['link', 'create', 'storage:a.txt', 'storage:none']);
    expect(refused).toEqual({ code: 72, stdout: '', stderr: 'drey: storage:none: There is nothing here.\n' });
    await shell.ok('link', 'revoke', url);
    expect((await fetch(`${url}/raw`)).status).toBe(410);
    expect(await shell.ok('link', 'ls')).toBe('');
  });

  test('link create --drop makes a link that takes files within its limits, and link drops tells who sent what', async () => {
    const server = await startTestServer();
    const shell = await openShell(server, server.bob);
    await shell.ok('mkdir', 'storage:inbox');
    const url = (
      await shell.ok('link', 'create', '--drop', '--max-file', '1k', '--types', '.txt', 'storage:inbox')
    ).trim();
    const send = async (name: string, bytes: number) => {
      const form = new FormData();
      form.append('sender', 'Anna');
      form.append('file', new File(['x'.repeat(bytes)], name));
      const answer = await fetch(`${url}/bulk`, { method: 'POST', body: form });
      return ((await answer.json()) as { items: { error?: { reason: string } }[] }).items[0]?.error?.reason;
    };
    expect([await send('a.txt', 1000), await send('b.txt', 1001), await send('c.exe', 1)]).toEqual([
      undefined,
      'file_too_large',
      'type_refused',
    ]);
    expect(await shell.ok('link', 'drops', url)).toMatch(/\t1000\tAnna\ta\.txt\n$/);
    expect(await shell.run(['link', 'create', '--max-files', '1', 'storage:inbox'])).toMatchObject({
      code: 2,
    });
  });

  test('link create --pin gives the bytes of that moment until link publish', async () => {
    const server = await startTestServer();
    const shell = await openShell(server, server.bob);
    await server.put(server.bob, 'bob/a.txt', 'first');
    const url = (await shell.ok('link', 'create', '--pin', 'storage:a.txt')).trim();
    const hash = await shell.ok('link', 'publish', url);
    expect(hash).toMatch(/^[0-9a-f]{64}\n$/);
    await server.put(server.bob, 'bob/a.txt', 'second');
    expect((await fetch(`${url}/raw`)).status).toBe(409);
    expect(await shell.ok('link', 'publish', url)).not.toBe(hash);
    expect(await (await fetch(`${url}/raw`)).text()).toBe('second');
  });
});

import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';

describe('drey link', () => {
  test('show tells what was done with a link: who, what, how much, and how it ended', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/results.zip', 'r'.repeat(2000));
    const shell = await openShell(server, server.bob);
    const url = (await shell.ok('link', 'create', '--notify', 'storage:results.zip')).trim();
    const before = await shell.ok('link', 'show', url);
    expect(before).toContain('    Used: never\n');
    expect(before).toContain('    Mail: first download, files dropped, a day before it ends\n');
    const path = new URL(url).pathname;
    await server.as().get(`${path}/raw`).set('User-Agent', 'curl/8.5.0').expect(200);
    await server.as().get(path).set('User-Agent', 'Wget/1.21').expect(200);
    const shown = await shell.ok('link', 'show', url);
    expect(shown).toMatch(/Used: opened 1 time, 1 download, 2\.00 KB in all\n/);
    expect(shown).toMatch(
      /\n\d{4}-\d\d-\d\d \d\d:\d\d {2}Downloaded results\.zip: 2\.00 KB, finished \(curl, from 127\.0\.0\.0\/24\)\n/,
    );
    expect(shown).toMatch(/ {2}Opened \(wget, from 127\.0\.0\.0\/24\)\n/);
    const { events, id } = JSON.parse(await shell.ok('link', 'show', '--json', url));
    expect(events).toHaveLength(2);
    await shell.ok('link', 'edit', '--no-notify', id);
    expect(JSON.parse(await shell.ok('link', 'show', '--json', url)).notify).toBe(false);
  });

  test('edit, renew, revoke and restore change what an outsider gets, from the next request on (SH-05)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'first');
    await server.put(server.bob, 'bob/b.txt', 'second');
    const shell = await openShell(server, server.bob);
    const url = (await shell.ok('link', 'create', '--note', 'Hello', 'storage:a.txt')).trim();
    const get = async (at: string) => {
      const { status, text } = await server
        .as()
        .get(`${new URL(at).pathname}/raw`)
        .buffer(true);
      return status === 200 ? text : status;
    };
    expect(await shell.ok('link', 'show', url)).toContain('Note: Hello\n');
    await shell.ok('link', 'edit', url, '--item', 'storage:b.txt', '--note', '', '--expires', '7d');
    expect(await get(url)).toBe('second');
    expect(await shell.ok('link', 'show', url)).not.toMatch(/Note:|never$/m);
    const renewed = (await shell.ok('link', 'renew', url)).trim();
    expect([await get(url), await get(renewed)]).toEqual([410, 'second']);
    await shell.ok('link', 'revoke', renewed);
    expect(await get(renewed)).toBe(410);
    await shell.ok('link', 'restore', renewed);
    expect(await get(renewed)).toBe('second');
  });

  test('create says which rule a link would break, and makes one that keeps it', async () => {
    const server = await startTestServer({ DREY_LINK_POLICY: 'life=7d, password=required' });
    await server.put(server.bob, 'bob/a.txt', 'a');
    const shell = await openShell(server, server.bob);
    const refused = await shell.run(['link', 'create', 'storage:a.txt']);
    expect(refused).toMatchObject({ code: 65, stdout: '' });
    expect(refused.stderr).toBe(
      'drey: The rules here let a link last 7 days at most. Give it an expiry within that.\n',
    );
    const bare = await shell.run(['link', 'create', '--expires', '7d', 'storage:a.txt']);
    expect(bare.stderr).toBe('drey: The rules here want a password on every link. Give it one.\n');
    const args = ['link', 'create', '--expires', '7d', '--password-stdin', 'storage:a.txt'];
    const made = await shell.run(args, { input: 'swordfish\n' });
    expect([made.code, made.stderr]).toEqual([0, '']);
  });

  test("--everyone is an administrator's: lists by creator and root, shows and revokes, without an address", async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'a');
    await server.put(server.alice, 'alice/b.txt', 'b');
    const link = await server.link(server.bob, { items: ['storage:a.txt'] });
    await server.link(server.alice, { items: ['storage:b.txt'] });
    const [alices, bobs] = [await openShell(server, server.alice), await openShell(server, server.bob)];
    const rows = (await alices.ok('link', 'ls', '--everyone')).trimEnd().split('\n');
    expect(rows.map((row) => row.split('\t')[0]).toSorted()).toEqual(['alice', 'bob']);
    const row = `bob\t${link.id}\tlive\tnever\tstorage:/bob/a.txt\t\n`;
    expect(await alices.ok('link', 'ls', '--everyone', '--creator', 'bob')).toBe(row);
    expect(await alices.ok('link', 'ls', '--everyone', '--root', 'bob')).toBe(row);
    expect(await alices.ok('link', 'show', '--everyone', link.id)).not.toContain('/s/');
    expect((await bobs.run(['link', 'ls', '--everyone'])).code).toBe(77);
    expect((await alices.run(['link', 'ls', '--creator', 'bob'])).code).toBe(2);
    await alices.ok('link', 'revoke', '--everyone', link.id);
    expect(await bobs.ok('link', 'show', link.id)).toContain('State: revoked by an administrator\n');
  });
});

import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMeddlingProxy } from '../support/meddling-proxy.ts';
import { password, startTestServer } from '../support/test-server.ts';
import { openShell, type Shell } from './drey-process.ts';

/** A shell in which bob has signed in with a token of his, to a proxy in front of the server. */
async function signIn() {
  const server = await startTestServer();
  const proxy = await openMeddlingProxy(server.origin);
  const shell = await openShell(server);
  await shell.ok('login', proxy.url, '--token', server.bob.token);
  return { server, proxy, shell };
}

/** Signs bob in on a terminal, where he types his password. */
async function signInByPassword(shell: Shell, url: string): Promise<number | null> {
  const { child, outcome } = shell.startOnTerminal(['login', url, '--user', 'bob']);
  const [asked] = (await once(child.stdout!, 'data')) as [Buffer];
  expect(asked.toString()).toContain('Password:');
  child.stdin?.write(`${password}\r`);
  return (await outcome).code;
}

describe('the token that was kept', () => {
  test('does not go to another server that DREY_URL names', async () => {
    const { server, proxy, shell } = await signIn();
    const other = await openMeddlingProxy(server.origin);
    const whoami = (url: string) => shell.run(['whoami'], { env: { DREY_URL: url } });
    expect(await whoami(other.url)).toEqual({
      code: 77,
      stdout: '',
      stderr: `drey: You are not signed in to ${other.url}. Set DREY_TOKEN too.\n`,
    });
    expect(other.asked).toEqual([]);
    expect((await whoami(`${proxy.url}/`)).stdout).toBe('bob\n');
  });

  test('gives way to DREY_TOKEN', async () => {
    const { server, shell } = await signIn();
    const { stdout } = await shell.run(['whoami'], { env: { DREY_TOKEN: server.alice.token } });
    expect(stdout).toBe('alice\n');
  });
});

describe('drey login', () => {
  test('takes the code that a browser brings under the name of its own port alone', async () => {
    const { server } = await signIn();
    const shell = await openShell(server);
    const [browser, noted] = [join(shell.folder, 'browser.mjs'), join(shell.folder, 'noted')];
    await writeFile(
      browser,
      `#!${process.execPath}
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
const { port, state } = Object.fromEntries(new URL(process.argv[2]).searchParams);
const go = (Host) => new Promise((resolve) => {
  const path = '/?' + new URLSearchParams({ state, error: 'access_denied' });
  get({ host: '127.0.0.1', port, path, headers: { Host } }, (response) => resolve(response.resume().statusCode));
});
const statuses = [await go('evil.example:' + port), await go('localhost:' + port), await go('127.0.0.1')];
writeFileSync(${JSON.stringify(noted)}, String(statuses));
await go('127.0.0.1:' + port);
`,
    );
    await chmod(browser, 0o700);
    const { code, stderr } = await shell.run(['login', server.origin], { env: { BROWSER: browser } });
    expect([code, stderr]).toEqual([77, expect.stringContaining('It was not allowed in the browser.')]);
    expect(await readFile(noted, 'utf8')).toBe('400,400,400');
  });

  test('by password leaves a token behind, and no session', async () => {
    const server = await startTestServer();
    const shell = await openShell(server);
    let cookie = '';
    const proxy = await openMeddlingProxy(server.origin, async (asked, pass) => {
      const answer = await pass();
      if (asked === 'POST /api/v1/session') cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      return answer;
    });
    expect(await signInByPassword(shell, proxy.url)).toBe(0);
    expect(cookie).not.toBe('');
    await server.as().get('/api/v1/session').set('Cookie', cookie).expect(401);
    expect(await shell.ok('whoami')).toBe('bob\n');
  });
});

describe('drey logout', () => {
  test('is as good when the token is gone already', async () => {
    const server = await startTestServer();
    const shell = await openShell(server);
    expect(await signInByPassword(shell, server.origin)).toBe(0);
    const { tokenId } = JSON.parse(
      await readFile(join(shell.folder, '.config/drey/config.json'), 'utf8'),
    ) as { tokenId: string };
    const signedIn = await server.as().post('/api/v1/session').send({ name: 'bob', password });
    const [cookie] = signedIn.headers['set-cookie'] as unknown as string[];
    await server.as().delete(`/api/v1/tokens/${tokenId}`).set('Cookie', cookie!).expect(204);
    const { code, stderr } = await shell.run(['logout']);
    expect([code, stderr]).toEqual([0, `Signed out of ${server.origin}.\n`]);
    expect((await shell.run(['whoami'])).stderr).toContain('You are not signed in');
  });
});

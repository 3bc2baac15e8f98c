import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { password, startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';

/**
 * A server and a shell whose browser is a program: `act` is its source, in which `address` is what it was opened with,
 * `approve()` does what the page does, and `go(query)` goes to the port of the command line.
 */
async function start(act: string) {
  const server = await startTestServer();
  const shell = await openShell(server);
  const signedIn = await server.as().post('/api/v1/session').send({ name: 'bob', password });
  const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const browser = join(shell.folder, 'browser.mjs');
  await writeFile(
    browser,
    `#!${process.execPath}
import { writeFileSync } from 'node:fs';
const address = new URL(process.argv[2]);
const asked = Object.fromEntries(address.searchParams);
const approve = async () => {
  const response = await fetch(new URL('/api/v1/client-approvals', address), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: ${JSON.stringify(cookie)} },
    body: JSON.stringify({ challenge: asked.challenge, label: 'drey on ' + asked.client }),
  });
  return (await response.json()).code;
};
const go = (query) => fetch('http://127.0.0.1:' + asked.port + '/?' + new URLSearchParams(query));
const note = (text) => writeFileSync(${JSON.stringify(join(shell.folder, 'noted'))}, text);
${act}
`,
  );
  await chmod(browser, 0o700);
  const login = () => shell.run(['login', server.origin], { env: { BROWSER: browser } });
  const noted = () => readFile(join(shell.folder, 'noted'), 'utf8');
  return { server, shell, login, noted };
}

describe('drey login', () => {
  test('opens the browser, takes the code on loopback, and keeps the token for oneself', async () => {
    const { server, shell, login, noted } = await start(`
      note(address.pathname + address.search);
      await go({ code: await approve(), state: asked.state });
    `);
    const { code, stderr } = await login();
    expect([code, stderr]).toEqual([0, expect.stringContaining(`Signed in to ${server.origin} as bob.`)]);
    expect(await shell.ok('whoami')).toBe('bob\n');
    const file = join(shell.folder, '.config/drey/config.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { token } = JSON.parse(await readFile(file, 'utf8')) as { token: string };
    expect(await noted()).toMatch(
      /^\/login\/cli\?challenge=[\w-]{43}&client=[^&]+&port=\d+&state=[\w-]{43}$/,
    );
    expect(stderr).not.toContain(token);
    expect(server.logLines.join('')).not.toContain(token);
    await shell.ok('logout');
    await server.as({ name: 'bob', token }).get('/api/v1/session').expect(401);
  }, 60_000);

  test('takes nothing that does not carry its state, and waits on', async () => {
    const { shell, login, noted } = await start(`
      const code = await approve();
      const statuses = [];
      statuses.push((await go({ code: 'A'.repeat(43), state: 'B'.repeat(43) })).status);
      statuses.push((await go({ code })).status);
      statuses.push((await go({ error: 'access_denied', state: '' })).status);
      statuses.push((await go({ state: asked.state })).status);
      note(String(statuses));
      await go({ code, state: asked.state });
    `);
    expect((await login()).code).toBe(0);
    expect(await noted()).toBe('400,400,400,400');
    expect(await shell.ok('whoami')).toBe('bob\n');
  }, 60_000);

  test('says so when it was not allowed, and when the code is worth nothing', async () => {
    const refused = await start(`await go({ error: 'access_denied', state: asked.state });`);
    const { code, stderr } = await refused.login();
    expect([code, stderr]).toEqual([77, expect.stringContaining('It was not allowed in the browser.')]);
    expect((await refused.shell.run(['whoami'])).code).toBe(77);
    const forged = await start(`await go({ code: 'A'.repeat(43), state: asked.state });`);
    const outcome = await forged.login();
    expect([outcome.code, outcome.stderr]).toEqual([77, expect.stringContaining('not good any more')]);
  }, 60_000);

  test('without a browser and without a terminal says what it needs', async () => {
    const { server, shell } = await start('');
    const { code, stderr } = await shell.run(['login', server.origin]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${server.origin}/login/cli?challenge=`);
    expect(stderr).toContain('There is no terminal to ask on');
  }, 60_000);
});

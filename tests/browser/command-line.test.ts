import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openShell } from '../cli/drey-process.ts';
import { openSignedIn, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

/** Programs that drey takes for the person's browser: they hand on what they are to open. */
async function startOpener(folder: string): Promise<{ program: string; address: Promise<string> }> {
  const { promise: address, resolve } = Promise.withResolvers<string>();
  const listener = createServer((request, response) => {
    void text(request).then((body) => {
      response.end();
      resolve(body);
    });
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void listener.close());
  const program = join(folder, 'opener.mjs');
  const { port } = listener.address() as AddressInfo;
  await writeFile(
    program,
    `#!${process.execPath}\nawait fetch('http://127.0.0.1:${port}', { method: 'POST', body: process.argv[2] });\n`,
  );
  await chmod(program, 0o700);
  return { program, address };
}

async function start() {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/notes.txt', 'mine');
  const shell = await openShell(server);
  return { server, shell, config: join(shell.folder, '.config/drey/config.json') };
}

describe('drey login', () => {
  test('opens the page, which is allowed by a click, and has a token that is kept for oneself', async () => {
    const { server, shell, config } = await start();
    const { program, address } = await startOpener(shell.folder);
    const { outcome } = shell.start(['login', server.origin], { env: { BROWSER: program } });
    const page = await openSignedIn(server, server.bob, await address);
    await page.getByRole('heading', { name: /act as bob\?/ }).waitFor();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('You are signed in.').waitFor();
    const { code, stderr } = await outcome;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`Signed in to ${server.origin} as bob.`)]);
    expect((await stat(config)).mode & 0o777).toBe(0o600);
    expect(await shell.ok('ls')).toBe('notes.txt\n');

    await page.goto(`${server.origin}/tokens`);
    await page.getByRole('button', { name: /^Revoke the token drey on / }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await expect.poll(async () => (await shell.run(['ls'])).code).toBe(77);
  }, 60_000);

  test('has nothing when the page says no', async () => {
    const { server, shell, config } = await start();
    const { program, address } = await startOpener(shell.folder);
    const { outcome } = shell.start(['login', server.origin], { env: { BROWSER: program } });
    const page = await openSignedIn(server, server.bob, await address);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Nothing was allowed.').waitFor();
    const { code, stderr } = await outcome;
    expect([code, stderr]).toEqual([77, expect.stringContaining('It was not allowed in the browser.')]);
    await expect(readFile(config)).rejects.toThrow('ENOENT');
  }, 60_000);

  test('asks on the terminal for the code of the page where no browser can be opened', async () => {
    const { server, shell, config } = await start();
    const { child, outcome } = shell.startOnTerminal(['login', server.origin, '--no-browser']);
    const address = await new Promise<string>((resolve) => {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const shown = /(http:\S+)[^]*Code: /.exec(said)?.[1];
        if (shown !== undefined) resolve(shown);
      });
    });
    const page = await openSignedIn(server, server.bob, address);
    await page.getByRole('button', { name: 'Allow' }).click();
    const code = await page.getByLabel('Code for the terminal').inputValue();
    child.stdin?.write(`${code}\r`);
    const { code: exitCode, stdout } = await outcome;
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('as bob.')]);
    expect((await stat(config)).mode & 0o777).toBe(0o600);
    expect(await shell.ok('ls')).toBe('notes.txt\n');
  }, 60_000);
});

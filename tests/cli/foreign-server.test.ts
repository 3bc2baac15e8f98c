import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Shell } from './drey-process.ts';
import { makeTree } from './file-tree.ts';

/** A shell whose server is whatever `answer` makes of it. */
async function openShellOf(answer: RequestListener): Promise<{ shell: Shell; url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'drey-cli-'));
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { shell: new Shell(folder, { DREY_URL: url, DREY_TOKEN: 'drey_x' }), url };
}

const others: [string, number, Record<string, string>, string][] = [
  ['a sign-in page', 200, { 'Content-Type': 'text/html; charset=utf-8' }, '<!doctype html><p>Sign in</p>'],
  ['the way to a sign-in page', 302, { Location: 'https://sign-in.example.org/' }, ''],
  ['a page that says that there is none', 404, { 'Content-Type': 'text/html' }, '<h1>Not Found</h1>'],
  ['JSON of its own', 200, { 'Content-Type': 'application/json' }, '{"status":"ok"}'],
  ['JSON that is nothing', 200, { 'Content-Type': 'application/json' }, 'null'],
  ['half of JSON', 200, { 'Content-Type': 'application/json' }, '{"user":'],
];

test.each(others)('a server that answers %s is said not to be Drey', async (_name, status, headers, body) => {
  const { shell, url } = await openShellOf((_request, response) =>
    response.writeHead(status, headers).end(body),
  );
  await makeTree(shell.folder, { 'a.txt': 'a' });
  const stderr = `drey: ${url} does not answer like Drey. Is the address right, or is there a sign-in page before it?\n`;
  for (const args of [
    ['ls'],
    ['cp', 'a.txt', 'storage:'],
    ['rm', '-f', 'storage:a'],
    ['login', url, '--token', 'drey_x'],
  ]) {
    expect({ args, ...(await shell.run(args)) }).toEqual({ args, code: 74, stdout: '', stderr });
  }
});

test('a sign-in page is not taken for a file by who signed in before', async () => {
  const { shell, url } = await openShellOf((_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>Sign in</p>'),
  );
  const profile = { url, token: 'drey_x', user: 'bob', cluster: 'home' };
  await mkdir(join(shell.folder, '.config/drey'), { recursive: true });
  await writeFile(join(shell.folder, '.config/drey/config.json'), JSON.stringify(profile));
  const env = { DREY_URL: '', DREY_TOKEN: '' };
  expect(await shell.run(['cat', 'storage:a'], { env })).toMatchObject({ code: 74, stdout: '' });
  expect((await shell.run(['mkdir', '-p', 'storage:a'], { env })).code).toBe(74);
});

test('an error in words of its own is told by its status', async () => {
  const { shell } = await openShellOf((_request, response) =>
    response.writeHead(403, { 'Content-Type': 'application/json' }).end('{"error":"no"}'),
  );
  expect(await shell.run(['whoami'])).toMatchObject({ code: 77, stderr: 'drey: The server answered 403.\n' });
});

import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const secret = 'correct horse';
const run = promisify(execFile);
const testWithCurl = test.skipIf(spawnSync('curl', ['--version']).status !== 0);

/** What a program that accepts no HTML is told at the address of a link on `uris`. */
async function readText(server: TestServer, items: string[], password?: string): Promise<string> {
  const link = await server.link(server.bob, { items, ...(password && { password }) });
  const request = server.as().get(new URL(link.url).pathname).set('Accept', '*/*');
  const { text } = await (password ? request.auth('', password) : request).expect(200);
  return text;
}

/** Runs a line of it as pasted into a shell, in an empty folder, and answers that folder. */
async function runLine(text: string, pattern: RegExp): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-curl-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const line = text.split('\n').find((candidate) => pattern.test(candidate));
  await run('sh', ['-ec', line!], { cwd: folder, env: { ...process.env, PASSWORD: secret } });
  return folder;
}

testWithCurl(
  'the line for one file saves it under its own name, whatever that name would do in a shell',
  async () => {
    const server = await startTestServer();
    const name = "-it's $(touch oops).csv";
    await server.put(server.bob, `bob/${encodeURIComponent(name)}`, 'bytes');
    const text = await readText(server, [`storage:${encodeURIComponent(name)}`]);
    const folder = await runLine(text, /^curl -f -C - -o /);
    expect(await readFile(join(folder, name), 'utf8')).toBe('bytes');
    await expect(readFile(join(folder, 'oops'))).rejects.toThrow('ENOENT');
  },
);

testWithCurl('the line for a locked file takes the password that was typed before', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'bytes');
  const text = await readText(server, ['storage:a.txt'], secret);
  expect(text).toContain('read -rs PASSWORD');
  const folder = await runLine(text, /^curl -u ":\$PASSWORD" -f -C - /);
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('bytes');
});

testWithCurl('the line for several items saves a zip under the name that the server gives', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  await server.put(server.bob, 'bob/b.txt', 'b');
  const text = await readText(server, ['storage:a.txt', 'storage:b.txt']);
  const folder = await runLine(text, /zip'$/);
  expect((await readFile(join(folder, 'shared files.zip'))).toString('latin1', 0, 2)).toBe('PK');
});

testWithCurl('the line for file by file puts every file in its place', async () => {
  const server = await startTestServer();
  await server.as(server.bob).put('/api/v1/directories/bob/data').expect(201);
  const name = '-it\'s "$(touch oops)".csv';
  await server.put(server.bob, `bob/data/${encodeURIComponent(name)}`, 'bytes');
  const text = await readText(server, ['storage:data']);
  const folder = await runLine(text, /--create-dirs/);
  expect(await readFile(join(folder, 'data', name), 'utf8')).toBe('bytes');
});

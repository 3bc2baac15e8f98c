import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { startServerOn, startTestServer } from '../support/test-server.ts';

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-database-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a start that is killed while it makes the tables leaves what the next one goes on from (CR-12)', async () => {
  for (const delayMs of [150, 250, 350, 450]) {
    const dataFolder = await scratchFolder();
    const first = spawn(process.execPath, ['server/main.ts', 'user', 'add', 'carol', '--password-stdin'], {
      env: { PATH: process.env.PATH, DREY_DATA: dataFolder },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(first, 'close');
    first.stdin.on('error', () => {});
    first.stdin.end('correct horse battery');
    setTimeout(() => first.kill('SIGKILL'), delayMs);
    await ended;
    const server = await startServerOn(dataFolder);
    await server.as(server.bob).get('/api/v1/entries/bob').expect(200);
    await server.close();
  }
});

test('a copy made as the README says while links are made is a sound database, and serves (CR-13)', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'hello');
  const link = await server.link(server.bob, { items: ['storage:a.txt'] });
  const copyFolder = await scratchFolder();
  const source = new SqliteDatabase(join(server.dataFolder, 'drey.db'), { readonly: true });
  const making = Array.from({ length: 30 }, () => server.link(server.bob, { items: ['storage:a.txt'] }));
  await source.backup(join(copyFolder, 'drey.db'));
  await Promise.all(making);
  source.close();
  for (const name of ['keys', 'storage'])
    await cp(join(server.dataFolder, name), join(copyFolder, name), { recursive: true });

  const copy = new SqliteDatabase(join(copyFolder, 'drey.db'), { readonly: true });
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
  copy.close();
  const restored = await startServerOn(copyFolder);
  expect(
    (
      await restored
        .as()
        .get(`${new URL(link.url).pathname}/raw`)
        .expect(200)
    ).text,
  ).toBe('hello');
  await restored.close();
});

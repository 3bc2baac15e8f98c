import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
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

test('a start that is killed in the middle of a migration leaves what the next one goes on from (CR-12)', async () => {
  const migrations = (await readdir('migrations')).filter((name) => name.endsWith('.sql'));
  // The first statement makes the table of migrations, each of the others is a migration.
  for (const statements of [1, 2, 4, migrations.length + 1]) {
    const dataFolder = await scratchFolder();
    const first = spawn(
      process.execPath,
      ['--import', './tests/support/killed-migration.ts', 'server/main.ts', 'token', 'create'],
      {
        env: { PATH: process.env.PATH, DREY_DATA: dataFolder, STATEMENTS_TO_LIVE: String(statements) },
        stdio: 'ignore',
      },
    );
    const [, signal] = await once(first, 'close');
    expect(signal).toBe('SIGKILL');
    const half = new SqliteDatabase(join(dataFolder, 'drey.db'));
    const done = half.prepare('SELECT count(*) FROM migrations').pluck().get();
    half.close();
    expect(done).toBe(Math.max(0, statements - 2));
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

test('a copy of the database file alone, made while the server runs, is told from a whole one and refused (CR-13)', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'hello');
  const copyFolder = await scratchFolder();
  for (const name of ['drey.db', 'keys', 'storage'])
    await cp(join(server.dataFolder, name), join(copyFolder, name), { recursive: true });
  await expect(startServerOn(copyFolder)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('drey.db-wal'),
  });
  // With what lies beside it, it is whole.
  for (const name of ['drey.db', 'drey.db-wal'])
    await cp(join(server.dataFolder, name), join(copyFolder, name), { force: true });
  await rm(join(copyFolder, 'drey.db-shm'), { force: true });
  const whole = await startServerOn(copyFolder);
  await whole.as(server.bob).get('/api/v1/content/bob/a.txt').expect(200, 'hello');
  await whole.close();
});

test('a database of a newer version, or with another past, is refused as it is (CR-12)', async () => {
  const server = await startTestServer();
  await server.close();
  const change = (sql: string) => {
    const database = new SqliteDatabase(join(server.dataFolder, 'drey.db'));
    database.exec(sql);
    database.close();
  };
  const expectRefusal = (message: string) =>
    expect(startServerOn(server.dataFolder)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(message),
    });
  change("INSERT INTO migrations VALUES ('9999-of-the-future.sql', 'x', 0)");
  await expectRefusal('used by a newer Drey (9999-of-the-future.sql)');
  change("DELETE FROM migrations WHERE name LIKE '9999%'");
  change("UPDATE migrations SET checksum = checksum || '0' WHERE name = '0001-initial.sql'");
  await expectRefusal('0001-initial.sql is not the one this database was made with');
  change(
    "UPDATE migrations SET checksum = substr(checksum, 1, length(checksum) - 1) WHERE name LIKE '0001-%'",
  );
  const next = await startServerOn(server.dataFolder);
  await next.as(next.bob).get('/api/v1/entries/bob').expect(200);
  await next.close();
});

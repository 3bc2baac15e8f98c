import { randomBytes } from 'node:crypto';
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Key } from '../../server/links/key-ring.ts';
import { tokenOf } from '../support/canaries.ts';
import { startServerOn } from '../support/test-server.ts';

/** A data folder as a running server left it, with one link in it. */
async function prepare() {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-start-'));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const server = await startServerOn(dataFolder);
  await server.put(server.bob, 'bob/a.txt', 'a');
  const token = tokenOf(await server.link(server.bob, { items: ['storage:a.txt'] }));
  await server.close();
  const keys = join(dataFolder, 'keys');
  const [keyName = ''] = await readdir(keys);
  return { dataFolder, token, keys, keyFile: join(keys, keyName), database: join(dataFolder, 'drey.db') };
}

const expectRefusal = (dataFolder: string, words: RegExp) =>
  expect(startServerOn(dataFolder)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(words),
  });

describe('a start', () => {
  test('without the key that belongs to the data is refused, and no new key is made (TK-09)', async () => {
    const { dataFolder, token, keys, keyFile } = await prepare();
    const kept = join(dataFolder, 'kept.key');
    await rename(keyFile, kept);
    await expectRefusal(dataFolder, /key is missing/);
    expect(await readdir(keys)).toEqual([]);
    await rename(kept, keyFile);
    const server = await startServerOn(dataFolder);
    await server.as().get(`/s/${token}/raw`).expect(200, 'a');
    await server.close();
  });

  test('with a key that is weak, short, empty or not the one it is named after is refused (TK-09)', async () => {
    const { dataFolder, keyFile } = await prepare();
    const right = await readFile(keyFile);
    for (const wrong of [
      '',
      'secret',
      'x',
      right.subarray(1),
      Buffer.concat([right, Buffer.from('x')]),
      Buffer.alloc(32),
      randomBytes(32),
    ]) {
      await writeFile(keyFile, wrong);
      await expectRefusal(dataFolder, /key/);
    }
  });

  test('makes the key and the database readable by its user alone, also when they were not (TK-21)', async () => {
    const { dataFolder, keyFile, database } = await prepare();
    for (const file of [keyFile, database]) await chmod(file, 0o644);
    const server = await startServerOn(dataFolder);
    for (const file of [keyFile, database]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    await server.close();
  });

  test('makes no file beside the homes that others can read, that of its lock included (TK-21)', async () => {
    const { dataFolder } = await prepare();
    const lock = join(dataFolder, 'serving.lock');
    await writeFile(lock, '', { mode: 0o644 });
    const server = await startServerOn(dataFolder);
    await server.services.hold();
    const found = await readdir(dataFolder, { recursive: true, withFileTypes: true });
    const files = found
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => !file.startsWith(join(dataFolder, 'storage')));
    expect(files).toContain(lock);
    for (const file of files) expect((await stat(file)).mode & 0o077, file).toBe(0);
    await server.close();
  });

  test('without the database, or with an empty, foreign or damaged one, is refused and makes no new one (DB-04)', async () => {
    const { dataFolder, database } = await prepare();
    const right = await readFile(database);
    await rm(database);
    await expectRefusal(dataFolder, /database is missing/);
    await expect(stat(database)).rejects.toMatchObject({ code: 'ENOENT' });

    await writeFile(database, '');
    await expectRefusal(dataFolder, /empty/);
    expect((await stat(database)).size).toBe(0);

    const damaged = Buffer.from(right);
    randomBytes(damaged.length - 4096).copy(damaged, 4096);
    for (const wrong of ['not a database at all'.repeat(500), damaged]) {
      await writeFile(database, wrong);
      await expectRefusal(dataFolder, /damaged/);
    }
    await writeFile(database, right);
    await truncate(database, Math.floor(right.length / 2));
    await expectRefusal(dataFolder, /damaged/);

    await writeFile(database, right);
    const server = await startServerOn(dataFolder);
    await server.close();
  });

  test('with a second key signs with the newer and knows both; without the older its links are unknown (TK-20)', async () => {
    const { dataFolder, token, keys, keyFile } = await prepare();
    const kidOf = (jwt: string) =>
      JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid as string;
    // Several, since the order of names would be right by chance for one.
    let newest = '';
    for (let age = 4; age >= 0; age -= 1) {
      const secret = randomBytes(32);
      newest = new Key(secret).kid;
      const file = join(keys, `${newest}.key`);
      await writeFile(file, secret, { mode: 0o600 });
      const writtenAt = Date.now() / 1000 + 60 - age;
      await utimes(file, writtenAt, writtenAt);
    }
    const both = await startServerOn(dataFolder);
    await both.as().get(`/s/${token}/raw`).expect(200, 'a');
    const next = tokenOf(await both.link(both.bob, { items: ['storage:a.txt'] }));
    expect(kidOf(next)).toBe(newest);
    await both.close();

    await rm(keyFile);
    const later = await startServerOn(dataFolder);
    await later.as().get(`/s/${token}/raw`).expect(404);
    await later.as().get(`/s/${next}/raw`).expect(200, 'a');
    const { body } = await later.as(later.bob).get('/api/v1/links').expect(200);
    for (const { url } of body.items)
      await later
        .as()
        .get(`${new URL(url).pathname}/raw`)
        .expect(200, 'a');
    await later.close();
  });
});

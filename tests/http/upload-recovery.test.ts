import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bulkForm } from '../support/bulk-form.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';

async function filesOf(server: TestServer): Promise<string[]> {
  return (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey');
}

async function hiddenFiles(server: TestServer): Promise<string[]> {
  const entries = await readdir(join(server.homeOf('bob'), '.drey'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** An upload that a crash left in a state that the disk shows and the client does not know; then the next start. */
async function crashed(
  onConflict: string,
  crash: (staged: string, home: string) => Promise<void>,
): Promise<{ server: TestServer; tus: TusClient; location: string }> {
  const before = await startTestServer();
  const location = await new TusClient(before, before.bob).create({
    uri: 'storage:a.txt',
    size: 5,
    onConflict,
  });
  const staging = join(before.homeOf('bob'), '.drey/staging');
  const [name] = await readdir(staging);
  await crash(join(staging, name!), before.homeOf('bob'));
  const server = await startServerOn(before.dataFolder);
  return { server, tus: new TusClient(server, { ...before.bob }), location };
}

const ways = ['fail', 'rename', 'replace'];

describe('an upload that was put in its place when a crash came', () => {
  for (const onConflict of ways) {
    test(`is complete for a client that asks, with ${onConflict} (CC-09, DB-09)`, async () => {
      const { server, tus, location } = await crashed(onConflict, async (staged, home) => {
        await writeFile(staged, 'hello');
        await rename(staged, join(home, 'a.txt'));
      });
      const { headers } = await tus.head(location).expect(200);
      expect(headers['upload-offset']).toBe('5');
      expect(await filesOf(server)).toEqual(['a.txt']);
      await server.close();
    });
  }

  for (const onConflict of ['fail', 'rename']) {
    test(`and still has its staging name takes it away, with ${onConflict} (CC-09, DB-09)`, async () => {
      const { server, tus, location } = await crashed(onConflict, async (staged, home) => {
        await writeFile(staged, 'hello');
        await link(staged, join(home, 'a.txt'));
      });
      const { headers } = await tus.head(location).expect(200);
      expect(headers['upload-offset']).toBe('5');
      expect(await filesOf(server)).toEqual(['a.txt']);
      expect((await stat(join(server.homeOf('bob'), 'a.txt'))).nlink).toBe(1);
      expect(await hiddenFiles(server)).toEqual([]);
      await server.close();
    });
  }

  test('under a number, because its name was taken, is found there (CC-09, DB-09)', async () => {
    const { server, tus, location } = await crashed('rename', async (staged, home) => {
      await writeFile(join(home, 'a.txt'), 'other');
      await writeFile(staged, 'hello');
      await link(staged, join(home, 'a (2).txt'));
    });
    await tus.head(location).expect(200);
    expect((await filesOf(server)).toSorted()).toEqual(['a (2).txt', 'a.txt']);
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('other');
    await server.close();
  });
});

test('an upload that a crash cut off while it was begun is forgotten at the next start, and no other file is taken for it', async () => {
  const { server, tus, location } = await crashed('replace', async (staged, home) => {
    await rename(staged, join(home, 'elsewhere'));
    await writeFile(join(home, 'a.txt'), 'older than that: six');
  });
  await tus.head(location).expect(404);
  expect((await filesOf(server)).toSorted()).toEqual(['a.txt', 'elsewhere']);
  await server.close();
});

test('an upload on a volume that is not there at the start goes on when it is back', async () => {
  let bringBack = async () => {};
  const { server, tus, location } = await crashed('fail', async (staged, home) => {
    await writeFile(staged, 'he');
    const away = `${home}-away`;
    await rename(join(home, '.drey'), away);
    bringBack = async () => {
      await rm(join(home, '.drey'), { recursive: true, force: true });
      await rename(away, join(home, '.drey'));
    };
  });
  await bringBack();
  await tus.append(location, 2, 'llo').expect(204);
  expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('hello');
  await server.close();
});

test('what a crash left half written goes at the next start, what is being written stays', async () => {
  const before = await startTestServer();
  const temporary = join(before.homeOf('bob'), '.drey/temporary');
  await mkdir(temporary, { recursive: true });
  await writeFile(join(temporary, 'half'), 'hal');
  // The file systems' clocks tick less often than ours.
  await expect
    .poll(async () => Date.now() - (await stat(join(temporary, 'half'))).mtimeMs)
    .toBeGreaterThan(20);
  const server = await startServerOn(before.dataFolder);
  expect(await hiddenFiles(server)).toEqual([]);
  await writeFile(join(temporary, 'being written'), 'x');
  await server.services.sweep();
  expect(await hiddenFiles(server)).toEqual(['being written']);
  await server.close();
});

test('of many parts of one name in one request every one is kept, whole, when asked to rename (UP-06)', async () => {
  const server = await startTestServer();
  const texts = Array.from({ length: 30 }, (_, index) => `content ${index}`);
  const response = await fetch(`${server.origin}/api/v1/bulk/bob?onConflict=rename`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.bob.token}` },
    body: bulkForm(texts.map((text) => ['a.txt', text])),
  });
  expect(response.status).toBe(200);
  const names = await filesOf(server);
  const stored = await Promise.all(names.map((name) => readFile(join(server.homeOf('bob'), name), 'utf8')));
  expect(stored.toSorted()).toEqual(texts.toSorted());
});

test('a second server on the same data is refused, until the first is gone (TU-18, DB-10)', async () => {
  const first = await startTestServer();
  await first.services.hold();
  const second = await startServerOn(first.dataFolder);
  await expect(second.services.hold()).rejects.toMatchObject({ code: 'unavailable' });
  await first.close();
  await second.services.hold();
  await second.close();
});

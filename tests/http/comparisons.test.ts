import { createHash } from 'node:crypto';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ComparisonResult, Upload } from '../../server/contract/schemas.ts';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function compare(server: TestServer, user: TestUser, items: object[], folder = 'storage:') {
  const { body } = await server.as(user).post('/api/v1/comparisons').send({ folder, items }).expect(200);
  return (body as ComparisonResult).items;
}

describe('a comparison', () => {
  test('tells absent, same, different and of another kind apart, in the order asked', async () => {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'a/folder'), { recursive: true });
    await writeFile(join(server.homeOf('bob'), 'a/same.txt'), 'same');
    await utimes(join(server.homeOf('bob'), 'a/same.txt'), 1_600_000_000, 1_600_000_000);
    const date = new Date(1_600_000_000_000).toISOString();
    const items = await compare(server, server.bob, [
      { path: 'a/same.txt', size: 4, modifiedAt: date },
      { path: 'a/same.txt', size: 4, modifiedAt: '2021-01-01T00:00:00Z' },
      { path: 'a/same.txt', size: 5, modifiedAt: date },
      { path: 'a/same.txt', size: 4 },
      { path: 'nowhere/x', size: 1 },
      { path: 'a/folder', size: 1 },
      { path: 'a/same.txt/below', size: 1 },
      { path: '../alice/x', size: 1 },
    ]);
    expect(items.map(({ state }) => state)).toEqual([
      'same',
      'different',
      'different',
      'different',
      'absent',
      'other_kind',
      'other_kind',
      'absent',
    ]);
    expect(items[0]).toMatchObject({ by: 'modifiedAt', size: 4, modifiedAt: date, sha256: null });
    expect(items[7]?.error).toMatchObject({ code: 'invalid' });
  });

  test('goes by the content where it is known, whatever the date', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'one');
    await server.as(server.bob).get('/api/v1/checksums/bob/a.txt?compute=1').expect(200);
    const [same, different] = await compare(server, server.bob, [
      { path: 'a.txt', size: 3, sha256: sha256('one'), modifiedAt: '2001-01-01T00:00:00Z' },
      { path: 'a.txt', size: 3, sha256: sha256('two'), modifiedAt: new Date().toISOString() },
    ]);
    expect(same).toMatchObject({ state: 'same', by: 'sha256', sha256: sha256('one') });
    expect(different).toMatchObject({ state: 'different', sha256: sha256('one') });
  });

  test('forgets a checksum when another program changes the file', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'one');
    await server.as(server.bob).get('/api/v1/checksums/bob/a.txt?compute=1').expect(200);
    await writeFile(join(server.homeOf('bob'), 'a.txt'), 'two');
    const { body } = await server.as(server.bob).get('/api/v1/checksums/bob/a.txt').expect(200);
    expect(body).toMatchObject({ sha256: null, size: 3 });
    const computed = await server.as(server.bob).get('/api/v1/checksums/bob/a.txt?compute=1').expect(200);
    expect(computed.body.sha256).toBe(sha256('two'));
  });
});

describe('the list of unfinished uploads', () => {
  test("is the caller's alone, newest first, by pages, and says how far each has come", async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    for (const name of ['a', 'b', 'c']) {
      const location = await tus.create({ uri: `storage:${name}`, size: 5 });
      await tus.append(location, 0, name === 'b' ? 'whole' : 'par').expect(204);
      server.time.now = new Date(server.time.now.getTime() + 1000);
    }
    const list = async (query: string) =>
      (await server.as(server.bob).get(`/api/v1/uploads${query}`).expect(200)).body as {
        items: Upload[];
        next: string | null;
      };
    const first = await list('?limit=1');
    expect(first.items).toMatchObject([{ name: 'c', uri: 'storage://home/bob/c', size: 5, offset: 3 }]);
    const second = await list(`?limit=1&cursor=${first.next}`);
    expect(second.items.map(({ name }) => name)).toEqual(['a']);
    expect(second.next).toBeNull();

    // Not even that somebody else has more of them.
    const { body } = await server.as(server.alice).get('/api/v1/uploads?limit=1').expect(200);
    expect(body).toEqual({ items: [], next: null });

    await tus.giveUp(`/api/v1/uploads/${first.items[0]?.id}`).expect(204);
    expect((await list('')).items.map(({ name }) => name)).toEqual(['a']);
  });
});

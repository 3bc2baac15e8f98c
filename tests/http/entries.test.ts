import { link, mkdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Entry, Listing } from '../../server/contract/schemas.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

async function list(server: TestServer, path: string, query = ''): Promise<Listing> {
  const response = await server.as(server.bob).get(`/api/v1/entries/${path}${query}`).expect(200);
  return response.body as Listing;
}

function namesOf({ children }: Listing): string[] {
  return (children?.items ?? []).map(({ name }) => name);
}

/** Files of these names in a folder of bob's. */
async function withFiles(names: string[]): Promise<TestServer> {
  const server = await startTestServer();
  await mkdir(join(server.homeOf('bob'), 'd'));
  await Promise.all(names.map((name) => writeFile(join(server.homeOf('bob'), 'd', name), name)));
  return server;
}

/** All pages of a listing, one after the other. */
async function pages(server: TestServer, query: string, between?: (page: number) => Promise<unknown>) {
  const names: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page === 0 || cursor !== null; page += 1) {
    const listing = await list(server, 'bob/d', `?${query}${cursor ? `&cursor=${cursor}` : ''}`);
    names.push(...namesOf(listing));
    cursor = listing.children?.next ?? null;
    await between?.(page);
  }
  return names;
}

describe('an entry', () => {
  test('says what it is, where, and what its caller may do', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a%20b.txt', 'hello');
    const { entry, children } = await list(server, 'bob/a%20b.txt');
    expect(entry).toMatchObject({
      name: 'a b.txt',
      uri: 'storage://home/bob/a%20b.txt',
      kind: 'file',
      size: 5,
      level: 'manage',
    });
    expect(Math.abs(Date.parse(entry.modifiedAt) - Date.now())).toBeLessThan(60_000);
    expect(children).toBeUndefined();
    const folder = await list(server, 'bob');
    expect(folder.entry).toMatchObject({ name: 'bob', kind: 'directory', size: null });
    expect(folder.children).toMatchObject({ next: null, total: 1 });
  });

  test('at an address with a slash behind it, or below a file, is not there (PT-18)', async () => {
    const server = await withFiles(['a.txt']);
    for (const path of ['bob/d/a.txt/', 'bob/d/', 'bob/d/a.txt/x', 'bob/none', 'nobody']) {
      await server.as(server.bob).get(`/api/v1/entries/${path}`).expect(404);
    }
  });
});

describe('a listing', () => {
  test('has folders first and names in the order that people expect', async () => {
    const server = await withFiles(['b10', 'b9', 'B1', 'a', 'É', 'e2', '.hidden', 'Z']);
    await mkdir(join(server.homeOf('bob'), 'd/zoo'));
    await mkdir(join(server.homeOf('bob'), 'd/Ant'));
    const ascending = ['Ant', 'zoo', '.hidden', 'a', 'B1', 'b9', 'b10', 'É', 'e2', 'Z'];
    expect(namesOf(await list(server, 'bob/d'))).toEqual(ascending);
    expect(namesOf(await list(server, 'bob/d', '?order=desc'))).toEqual([
      ...ascending.slice(0, 2).toReversed(),
      ...ascending.slice(2).toReversed(),
    ]);
  });

  test('is sorted by size and by date, and by name among equals', async () => {
    const server = await withFiles(['a', 'b', 'c', 'd']);
    const home = server.homeOf('bob');
    const sizes = { a: 5, b: 1, c: 2 ** 33, d: 1 };
    for (const [name, size] of Object.entries(sizes)) {
      await truncate(join(home, 'd', name), size);
      await utimes(join(home, 'd', name), new Date(), new Date(Math.min(size, 1e6) * 1000));
    }
    expect(namesOf(await list(server, 'bob/d', '?sort=size'))).toEqual(['b', 'd', 'a', 'c']);
    expect(namesOf(await list(server, 'bob/d', '?sort=size&order=desc'))).toEqual(['c', 'a', 'b', 'd']);
    expect(namesOf(await list(server, 'bob/d', '?sort=modified'))).toEqual(['b', 'd', 'a', 'c']);
  });

  test('comes in pages that together are the whole, whatever the order', async () => {
    const names = Array.from({ length: 57 }, (_, index) => `f${index}`);
    const server = await withFiles(names);
    for (const folder of ['x', 'y', 'z']) await mkdir(join(server.homeOf('bob'), 'd', folder));
    for (const query of ['', 'order=desc', 'sort=size', 'sort=modified&order=desc']) {
      const whole = namesOf(await list(server, 'bob/d', `?${query}&limit=100`));
      expect(whole).toHaveLength(60);
      expect(await pages(server, `${query}&limit=7`), query).toEqual(whole);
    }
    expect((await list(server, 'bob/d', '?limit=7')).children?.total).toBe(60);
    const none = (await list(server, 'bob/d', '?limit=0')).children;
    expect(none).toMatchObject({ items: [], next: null, total: 60 });
  });

  test('neither repeats nor skips what stays when entries come and go between two pages (DS-03)', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `f${String(index).padStart(2, '0')}`);
    const server = await withFiles(names);
    const seen = await pages(server, 'limit=5', async (page) => {
      // What was listed goes, what was listed comes anew, and something comes before all.
      await server.as(server.bob).delete(`/api/v1/entries/bob/d/f${String(page * 5).padStart(2, '0')}`);
      await server.put(server.bob, `bob/d/a${page}`, 'new');
    });
    expect(seen).toEqual(names);
  });

  test('is filtered by part of a name, as text and not as a pattern (DS-02)', async () => {
    const server = await withFiles([
      'Report.pdf',
      'my report',
      'REPORT%',
      'a*b',
      'a.b',
      'e\u0301t\u00e9',
      'other',
    ]);
    const filtered = async (filter: string) => {
      const { children } = await list(server, 'bob/d', `?filter=${encodeURIComponent(filter)}`);
      expect(children?.total).toBe(children?.items.length);
      return children?.items.map(({ name }) => name);
    };
    expect(await filtered('report')).toEqual(['my report', 'REPORT%', 'Report.pdf']);
    expect(await filtered('%')).toEqual(['REPORT%']);
    expect(await filtered('a*b')).toEqual(['a*b']);
    expect(await filtered('.*')).toEqual([]);
    expect(await filtered('\u00e9')).toEqual(['e\u0301t\u00e9']);
    expect(await filtered('(a+)+$')).toEqual([]);
    expect(await filtered('x'.repeat(255))).toEqual([]);
    await server
      .as(server.bob)
      .get(`/api/v1/entries/bob/d?filter=${'x'.repeat(256)}`)
      .expect(400);
  });

  test('refuses what it was not asked in a way that it understands (PT-19)', async () => {
    const server = await withFiles(['a', 'b']);
    const { children } = await list(server, 'bob/d', '?limit=1');
    const refused = [
      'limit=-1',
      'limit=x',
      'limit=1.5',
      'limit=5001',
      'sort=colour',
      'order=up',
      'sort=name&sort=size',
      'cursor=x',
      'cursor=',
      `cursor=${'x'.repeat(3000)}`,
      `cursor=${children?.next}&sort=size`,
      `cursor=${Buffer.from('["name.asc",false,null,"../x"]').toString('base64url')}`,
      `cursor=${Buffer.from('["name.asc",{},1e400,"x"]').toString('base64url')}`,
    ];
    for (const query of refused) {
      const { status, body } = await server.as(server.bob).get(`/api/v1/entries/bob/d?${query}`);
      expect(status, query).toBe(400);
      expect(body.error.code).toBe('invalid');
    }
  });

  test('leaves out what is no file and no folder, and says how many there are (SL-08)', async () => {
    const server = await withFiles(['a']);
    await symlink('/etc/passwd', join(server.homeOf('bob'), 'd/link'));
    await writeFile(Buffer.concat([Buffer.from(`${server.homeOf('bob')}/d/`), Buffer.from([0xff])]), 'x');
    const { children } = await list(server, 'bob/d');
    expect(children).toMatchObject({ total: 1, omitted: 2 });
  });

  test('tells at once what was written, and no longer what was deleted, by whomever (CC-04)', async () => {
    const server = await withFiles([]);
    for (let round = 0; round < 5; round += 1) {
      await server.put(server.bob, `bob/d/${round}`, 'x');
      expect(namesOf(await list(server, 'bob/d'))).toEqual([String(round)]);
      expect((await list(server, `bob/d/${round}`)).entry.size).toBe(1);
      await server.as(server.bob).delete(`/api/v1/entries/bob/d/${round}`).expect(204);
      await server.as(server.bob).get(`/api/v1/content/bob/d/${round}`).expect(404);
      expect(namesOf(await list(server, 'bob/d'))).toEqual([]);
      await writeFile(join(server.homeOf('bob'), 'd', 'other program'), 'x');
      expect(namesOf(await list(server, 'bob/d'))).toEqual(['other program']);
      await server.as(server.bob).delete('/api/v1/entries/bob/d/other%20program').expect(204);
    }
  });

  test('of a folder of 20,000 hands out any page soon (DS-03)', async () => {
    const server = await withFiles(['0']);
    const folder = join(server.homeOf('bob'), 'd');
    for (let at = 1; at < 20_000; at += 1000) {
      const names = Array.from({ length: Math.min(1000, 20_000 - at) }, (_, index) => String(at + index));
      await Promise.all(names.map((name) => link(join(folder, '0'), join(folder, name))));
    }
    const first = await list(server, 'bob/d', '?limit=10');
    expect(namesOf(first)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(first.children?.total).toBe(20_000);
    const last = await list(server, 'bob/d', '?limit=10&order=desc');
    expect(namesOf(last)[0]).toBe('19999');
    await server.as(server.bob).delete('/api/v1/entries/bob/d').expect(204);
    await server.as(server.bob).get('/api/v1/entries/bob/d').expect(404);
  });
});

describe('a folder', () => {
  test('is made once, 201 and then 200, and only where its parent is', async () => {
    const server = await startTestServer();
    const make = (path: string) => server.as(server.bob).put(`/api/v1/directories/${path}`);
    const made = await make('bob/d').expect(201);
    expect(made.body).toMatchObject({
      name: 'd',
      kind: 'directory',
      uri: 'storage://home/bob/d',
    } satisfies Partial<Entry>);
    await make('bob/d').expect(200);
    const orphan = await make('bob/none/d').expect(404);
    expect(orphan.body.error.reason).toBe('no_folder');
    await server.put(server.bob, 'bob/a.txt', 'x');
    const taken = await make('bob/a.txt').expect(409);
    expect(taken.body.error.reason).toBe('exists');
    await make('bob/a.txt/d').expect(404);
    await make('bob').expect(400);
    await make('alice/d').expect(404);
    await make('bob/.drey').expect(404);
  });

  test('is made once by fifty who try at the same time (CC-02)', async () => {
    const server = await startTestServer();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => server.as(server.bob).put('/api/v1/directories/bob/d')),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 49 }, () => 200), 201]);
  });

  test('is deleted with all it holds, and its size says beforehand what that is', async () => {
    const server = await startTestServer();
    await mkdir(join(server.homeOf('bob'), 'd/deep/er'), { recursive: true });
    await server.put(server.bob, 'bob/d/a', '12345');
    await server.put(server.bob, 'bob/d/deep/er/b', '123');
    const size = await server.as(server.bob).get('/api/v1/sizes/bob/d').expect(200);
    expect(size.body).toEqual({ files: 2, directories: 3, bytes: 8 });
    await server.as(server.bob).delete('/api/v1/entries/bob/d').expect(204);
    await server.as(server.bob).delete('/api/v1/entries/bob/d').expect(404);
    await server.as(server.bob).get('/api/v1/sizes/bob/d').expect(404);
    await server.as(server.bob).delete('/api/v1/entries/bob').expect(400);
    await server.as(server.bob).delete('/api/v1/entries/alice').expect(404);
  });
});

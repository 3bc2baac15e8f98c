import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Quota, Root, User } from '../../server/contract/schemas.ts';
import { bulkForm } from '../support/bulk-form.ts';
import { DropVisitor } from '../support/drop-visitor.ts';
import { startServerOn, startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const quotaReached = { error: { code: 'out_of_space', reason: 'quota' } };

async function setQuota(server: TestServer, quota: Quota, name = 'bob'): Promise<User> {
  const { body } = await server.as(server.alice).patch(`/api/v1/users/${name}`).send({ quota }).expect(200);
  return body as User;
}

async function rootOf(server: TestServer, name = 'bob', user?: TestUser): Promise<Root> {
  const { body } = await server
    .as(user ?? server.bob)
    .get('/api/v1/roots')
    .expect(200);
  return (body as { items: Root[] }).items.find((root) => root.name === name)!;
}

/** What lies in a home, whatever Drey thinks. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && !entry.parentPath.includes('.drey'))
      bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

const bytes = (count: number) => Buffer.alloc(count, 'x');
const put = (server: TestServer, path: string, count: number) =>
  server.as(server.bob).put(`/api/v1/content/${path}`).send(bytes(count));

async function bulk(server: TestServer, files: Record<string, number>, query = ''): Promise<string[]> {
  const form = bulkForm(Object.entries(files).map(([name, count]) => [name, bytes(count)]));
  const headers = { Authorization: `Bearer ${server.bob.token}` };
  const url = `${server.origin}/api/v1/bulk/bob${query}`;
  const response = await fetch(url, { method: 'POST', headers, body: form });
  const { items } = (await response.json()) as { items: { error?: { reason: string } }[] };
  return items.map(({ error }) => error?.reason ?? 'stored');
}

/** A body of unknown length. */
function putChunked(server: TestServer, path: string, count: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = httpRequest(`${server.origin}/api/v1/content/${path}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${server.bob.token}`, 'Transfer-Encoding': 'chunked' },
    });
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sending.on('error', reject);
    sending.end(bytes(count));
  });
}

describe('a quota', () => {
  test('is set by an administrator, and by nobody else (AZ-06)', async () => {
    const server = await startTestServer({ DREY_USER_QUOTA: '5k' });
    await server.put(server.bob, 'bob/a', bytes(100));
    const of = async () => (await server.as(server.bob).get('/api/v1/users/bob').expect(200)).body as User;
    expect(await of()).toMatchObject({ quota: 'default', quotaBytes: 5000, usedBytes: 100 });
    expect(await setQuota(server, 2000)).toMatchObject({ quota: 2000, quotaBytes: 2000, usedBytes: 100 });
    expect(await setQuota(server, 'none')).toMatchObject({
      quota: 'none',
      quotaBytes: null,
      usedBytes: null,
    });
    await server.as(server.bob).patch('/api/v1/users/bob').send({ quota: 'none' }).expect(403);
    for (const quota of [-1, 1.5, 'much', null]) {
      await server.as(server.alice).patch('/api/v1/users/bob').send({ quota }).expect(400);
    }
    expect(await setQuota(server, 'default')).toMatchObject({ quota: 'default', quotaBytes: 5000 });
  });

  test('is not told to who may only pass through', async () => {
    const server = await startTestServer({ DREY_USER_QUOTA: '1M' });
    const { alice, bob } = server;
    await put(server, 'bob/a.txt', 100);
    const grant = (uri: string) =>
      server.as(bob).post('/api/v1/grants').send({ uri, grantee: 'user:alice', level: 'read' }).expect(201);
    await grant('storage:a.txt');
    const nothing = { level: 'list', quotaBytes: null, usedBytes: null };
    expect(await rootOf(server, 'bob', alice)).toMatchObject(nothing);
    await grant('storage:');
    expect(await rootOf(server, 'bob', alice)).toMatchObject({ level: 'read', usedBytes: 100 });
  });

  test('is told with the roots, and costs nothing to count where there is none', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a', bytes(300));
    expect(await rootOf(server)).toMatchObject({ quotaBytes: null, usedBytes: null });
    await setQuota(server, 1000);
    expect(await rootOf(server)).toMatchObject({ quotaBytes: 1000, usedBytes: 300, availableBytes: 700 });
  });

  test('set again after none counts what came meanwhile', async () => {
    const server = await startTestServer();
    await setQuota(server, 1000);
    await server.put(server.bob, 'bob/a', bytes(100));
    await setQuota(server, 'none');
    await server.put(server.bob, 'bob/b', bytes(500));
    expect(await setQuota(server, 1000)).toMatchObject({ usedBytes: 600 });
  });

  const doors: Record<string, (server: TestServer) => Promise<unknown>> = {
    'put with a length': async (server) => {
      const sent = Array.from({ length: 20 }, (_, index) => put(server, `bob/${index}`, 100));
      return (await Promise.all(sent)).map(({ status }) => status);
    },
    'put without a length': (server) =>
      Promise.all(Array.from({ length: 20 }, (_, index) => putChunked(server, `bob/${index}`, 100))),
    'bulk requests': async (server) => {
      const sent = Array.from({ length: 10 }, (_, index) =>
        bulk(server, { [`${index}a`]: 100, [`${index}b`]: 100 }),
      );
      return (await Promise.all(sent)).flat().map((word) => (word === 'stored' ? 201 : 507));
    },
    'resumable uploads': async (server) => {
      const tus = new TusClient(server, server.bob);
      const sent = Array.from({ length: 20 }, async (_, index) => {
        const { status, headers } = await tus.creation({ uri: `storage:${index}`, size: 100 });
        if (status !== 201) return status;
        await tus.append(headers.location as string, 0, bytes(100)).expect(204);
        return status;
      });
      return Promise.all(sent);
    },
    'a drop link': async (server) => {
      await server.as(server.bob).put('/api/v1/directories/bob/in').expect(201);
      const link = await server.link(server.bob, { items: ['storage:in'], mode: 'drop' });
      const visitor = new DropVisitor(server, link);
      await visitor.page();
      const sent = Array.from({ length: 20 }, (_, index) => visitor.send({ [`${index}`]: 'x'.repeat(100) }));
      const items = (await Promise.all(sent)).flatMap((result) => result.items);
      return items.map(({ error }) => (error ? 507 : 201));
    },
    copies: async (server) => {
      await server.as(server.bob).put('/api/v1/directories/bob/to').expect(201);
      await put(server, 'bob/one', 100).expect(201);
      const sent = Array.from({ length: 19 }, (_, index) =>
        server
          .as(server.bob)
          .post('/api/v1/copies')
          .send({ from: ['storage:one'], to: `storage:to/${index}` }),
      );
      return [201, ...(await Promise.all(sent)).map(({ status }) => (status === 200 ? 201 : status))];
    },
  };
  for (const [door, send] of Object.entries(doors)) {
    test(`is filled exactly, never over, by twenty at once: ${door} (UP-07)`, async () => {
      const server = await startTestServer();
      await setQuota(server, 750);
      const statuses = (await send(server)) as number[];
      expect(statuses.filter((status) => status === 201)).toHaveLength(7);
      expect(statuses.filter((status) => status === 507)).toHaveLength(13);
      expect(await bytesIn(server.homeOf('bob'))).toBe(700);
      expect(await rootOf(server)).toMatchObject({ usedBytes: 700, availableBytes: 50 });
      await put(server, 'bob/last', 51).expect(507);
      await put(server, 'bob/last', 50).expect(201);
      await put(server, 'bob/empty', 0).expect(201);
    });
  }

  test('refuses before the body is read (UP-12)', async () => {
    const server = await startTestServer();
    await setQuota(server, 10_000);
    const ask = (path: string, method: string, length: number) =>
      new Promise<string>((resolve, reject) => {
        const headers = {
          Authorization: `Bearer ${server.bob.token}`,
          'Content-Type': 'multipart/form-data; boundary=x',
          'Content-Length': length,
          Expect: '100-continue',
        };
        const sending = httpRequest(`${server.origin}${path}`, { method, headers });
        sending.on('continue', () => resolve('continue'));
        sending.on('response', (response) => resolve(String(response.statusCode)));
        sending.on('error', reject);
        sending.flushHeaders();
      });
    expect(await ask('/api/v1/content/bob/a', 'PUT', 10_001)).toBe('507');
    expect(await ask('/api/v1/content/bob/a', 'PUT', 10_000)).toBe('continue');
    expect(await ask('/api/v1/bulk/bob', 'POST', 20_000_000)).toBe('507');
    const { body } = await new TusClient(server, server.bob)
      .creation({ uri: 'storage:a', size: 10_001 })
      .expect(507);
    expect(body).toMatchObject(quotaReached);
    await waitUntil('nothing is promised', async () => (await rootOf(server)).usedBytes === 0);
  });

  test('counts what an unfinished upload was promised until it is given up or in its place', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    const before = await tus.create({ uri: 'storage:before', size: 200 });
    await setQuota(server, 1000);
    expect(await rootOf(server), 'one from before there was a quota').toMatchObject({ usedBytes: 200 });
    const after = await tus.create({ uri: 'storage:after', size: 700 });
    expect(await rootOf(server)).toMatchObject({ usedBytes: 900 });
    await put(server, 'bob/other', 101).expect(507);
    await tus.append(before, 0, bytes(200)).expect(204);
    expect(await rootOf(server)).toMatchObject({ usedBytes: 900 });
    await server.as(server.bob).delete(after).set('Tus-Resumable', '1.0.0').expect(204);
    expect(await rootOf(server)).toMatchObject({ usedBytes: 200 });
  });

  test('is asked again when an upload is complete, which waits until there is room', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    const location = await tus.create({ uri: 'storage:large', size: 500 });
    await put(server, 'bob/small', 100).expect(201);
    await setQuota(server, 550);
    const { body } = await tus.append(location, 0, bytes(500)).expect(507);
    expect(body).toMatchObject(quotaReached);
    expect(await readdir(server.homeOf('bob'))).not.toContain('large');
    await server.as(server.bob).delete('/api/v1/entries/bob/small').expect(204);
    await tus.append(location, 500, '').expect(204);
    expect(await rootOf(server)).toMatchObject({ usedBytes: 500, availableBytes: 50 });
  });

  test('counts the difference of what is replaced, also by many at once', async () => {
    const server = await startTestServer();
    await setQuota(server, 1000);
    await put(server, 'bob/a', 900).expect(201);
    await put(server, 'bob/a', 1000).expect(200);
    await put(server, 'bob/a', 1001).expect(507);
    expect(await bulk(server, { a: 950 }, '?onConflict=replace')).toEqual(['stored']);
    await new TusClient(server, server.bob).store(
      { uri: 'storage:a', onConflict: 'replace' },
      'x'.repeat(990),
    );
    expect(await rootOf(server)).toMatchObject({ usedBytes: 990 });
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => put(server, 'bob/a', 100 + index).expect(200)),
    );
    expect((await rootOf(server)).usedBytes).toBe(await bytesIn(server.homeOf('bob')));
    await setQuota(server, 50);
    await put(server, 'bob/a', 90).expect(200);
    await put(server, 'bob/b', 1).expect(507);
  });

  test('is freed by deleting a folder, and by what moves away; holds for a mounted folder as well', async () => {
    const server = await startTestServer({ DREY_ROOT_QUOTAS: 'scratch=500, other=1T' });
    const folder = await mkdtemp(join(tmpdir(), 'drey-quota-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await server.services.mount({ name: 'scratch' as never, folder });
    const grant = { uri: 'storage:/scratch', grantee: 'user:bob', level: 'write' };
    await server.as(server.alice).post('/api/v1/grants').send(grant).expect(201);
    await setQuota(server, 1000);
    await server.as(server.bob).put('/api/v1/directories/bob/d').expect(201);
    await put(server, 'bob/d/a', 400).expect(201);
    await put(server, 'bob/d/b', 400).expect(201);
    const transfer = (verb: 'moves' | 'copies', from: string, to: string) =>
      server
        .as(server.bob)
        .post(`/api/v1/${verb}`)
        .send({ from: [from], to, onConflict: 'replace' });
    const { body } = await transfer('moves', 'storage:d', 'storage:/scratch/d').expect(507);
    expect(body).toMatchObject(quotaReached);
    expect(await readdir(folder), 'nothing of it was begun').not.toContain('d');
    await transfer('moves', 'storage:d/a', 'storage:/scratch/a').expect(200);
    await transfer('copies', 'storage:d/b', 'storage:/scratch/b').expect(507);
    await transfer('copies', 'storage:d/b', 'storage:/scratch/a').expect(200);
    expect(await rootOf(server, 'scratch')).toMatchObject({ quotaBytes: 500, usedBytes: 400 });
    expect(await rootOf(server)).toMatchObject({ usedBytes: 400 });
    await put(server, 'bob/small', 10).expect(201);
    await transfer('moves', 'storage:small', 'storage:d/b').expect(200);
    expect(await rootOf(server)).toMatchObject({ usedBytes: 10 });
    await server.as(server.bob).delete('/api/v1/entries/bob/d').expect(204);
    expect(await rootOf(server)).toMatchObject({ usedBytes: 0 });
  });

  test('is kept to by an undo, which puts back what fits', async () => {
    const server = await startTestServer();
    const drop = 'drop-0123456789abcdef';
    await setQuota(server, 1000);
    await put(server, 'bob/a', 600).expect(201);
    await put(server, `bob/a?drop=${drop}`, 100).expect(200);
    expect(await rootOf(server)).toMatchObject({ usedBytes: 100 });
    const undone = await server.as(server.bob).post(`/api/v1/drops/${drop}/undo`).expect(200);
    expect(undone.body).toMatchObject({ items: [{ outcome: 'restored' }] });
    expect(await rootOf(server)).toMatchObject({ usedBytes: 600 });
    await put(server, `bob/a?drop=${drop}`, 100).expect(200);
    await put(server, 'bob/b', 800).expect(201);
    const refused = await server.as(server.bob).post(`/api/v1/drops/${drop}/undo`).expect(200);
    expect(refused.body).toMatchObject({ items: [{ outcome: 'failed', ...quotaReached }] });
    expect(await rootOf(server)).toMatchObject({ usedBytes: 900 });
  });

  test('goes on with a home that is given to somebody', async () => {
    const server = await startTestServer();
    await setQuota(server, 1000);
    await setQuota(server, 1000, 'alice');
    await put(server, 'bob/a', 400).expect(201);
    expect(await rootOf(server, 'alice', server.alice)).toMatchObject({ usedBytes: 0 });
    await server.as(server.alice).delete('/api/v1/users/bob?giveHomeTo=alice').expect(204);
    expect(await rootOf(server, 'alice', server.alice)).toMatchObject({ usedBytes: 400 });
  });

  test('is counted anew when the server starts, since other programs change files too', async () => {
    const server = await startTestServer();
    await setQuota(server, 1000);
    await put(server, 'bob/a', 400).expect(201);
    await server.close();
    await writeFile(join(server.homeOf('bob'), 'b'), bytes(500));
    const again = await startServerOn(server.dataFolder);
    await waitUntil(
      'what another program wrote is counted',
      async () => (await rootOf(again)).usedBytes === 900,
    );
    await put(again, 'bob/c', 101).expect(507);
    await again.close();
  });
});

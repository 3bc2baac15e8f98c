import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Undo } from '../../server/contract/schemas.ts';
import { bulkForm } from '../support/bulk-form.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { TusClient } from '../support/tus-client.ts';

const drop = 'drop-0123456789abcdef';
const other = 'another-0123456789abc';

const textOf = (server: TestServer, path: string) => readFile(join(server.homeOf('bob'), path), 'utf8');
const keptOf = (server: TestServer) => readdir(join(server.homeOf('bob'), '.drey/kept'));

async function treeOf(server: TestServer): Promise<string[]> {
  const found = await readdir(server.homeOf('bob'), { recursive: true });
  return found.filter((name) => !name.startsWith('.drey')).toSorted();
}

async function sendBulk(server: TestServer, files: Record<string, string>, query: string): Promise<void> {
  const headers = { Authorization: `Bearer ${server.bob.token}` };
  const response = await fetch(`${server.origin}/api/v1/bulk/bob${query}`, {
    method: 'POST',
    headers,
    body: bulkForm(Object.entries(files)),
  });
  expect(response.status).toBe(200);
}

async function undo(server: TestServer): Promise<Record<string, string>> {
  const { body } = await server.as(server.bob).post(`/api/v1/drops/${drop}/undo`).expect(200);
  const { items, remaining } = body as Undo;
  expect(remaining).toBe(0);
  return Object.fromEntries(items.map(({ uri, outcome }) => [uri.split('/bob/')[1], outcome]));
}

describe('undoing a drop', () => {
  test('takes back exactly what it added, by every door, and puts back what it replaced', async () => {
    const server = await startTestServer();
    const tus = new TusClient(server, server.bob);
    await mkdir(join(server.homeOf('bob'), 'there'));
    await writeFile(join(server.homeOf('bob'), 'there/small'), 'old small');
    await writeFile(join(server.homeOf('bob'), 'large'), 'old large');
    await server.put(server.bob, 'bob/mine', 'mine');
    const before = await treeOf(server);

    await server.as(server.bob).put(`/api/v1/directories/bob/empty?drop=${drop}`).expect(201);
    await server.as(server.bob).put(`/api/v1/directories/bob/there?drop=${drop}`).expect(200);
    const files = { 'there/small': 'new small', 'a/b/c': 'new', 'there/new': 'new' };
    await sendBulk(server, files, `?onConflict=replace&drop=${drop}`);
    await tus.store({ uri: 'storage:large', onConflict: 'replace', drop }, 'new large');
    await server.as(server.bob).put(`/api/v1/content/bob/put?drop=${drop}`).send('x').expect(201);
    await sendBulk(server, { apart: 'of another drop' }, `?drop=${other}`);

    const { body } = await server.as(server.bob).get(`/api/v1/drops/${drop}`).expect(200);
    expect(body).toMatchObject({ id: drop, files: 5, folders: 3, replaced: 2 });
    expect(await undo(server)).toEqual({
      'there/small': 'restored',
      large: 'restored',
      'a/b/c': 'removed',
      'there/new': 'removed',
      put: 'removed',
      'a/b': 'removed',
      a: 'removed',
      empty: 'removed',
    });
    expect(await treeOf(server)).toEqual([...before, 'apart'].toSorted());
    expect(await textOf(server, 'there/small')).toBe('old small');
    expect(await textOf(server, 'large')).toBe('old large');
    expect(await keptOf(server)).toEqual([]);
    await server.as(server.bob).post(`/api/v1/drops/${drop}/undo`).expect(404);
  });

  test('leaves alone what was changed since, and a folder that holds something else, and says so', async () => {
    const server = await startTestServer();
    await sendBulk(server, { 'in/changed': '1', 'in/gone': '1', 'in/same': '1' }, `?drop=${drop}`);
    await writeFile(join(server.homeOf('bob'), 'in/changed'), 'by someone');
    await server.as(server.bob).delete('/api/v1/entries/bob/in/gone').expect(204);
    expect(await undo(server)).toEqual({
      'in/changed': 'changed',
      'in/same': 'removed',
      in: 'not_empty',
    });
    expect(await textOf(server, 'in/changed')).toBe('by someone');
    expect(await treeOf(server)).toEqual(['in', 'in/changed']);
  });

  test('puts back the first version when the drop itself replaced a file twice', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a', 'old');
    for (const text of ['one', 'two']) {
      await server.as(server.bob).put(`/api/v1/content/bob/a?drop=${drop}`).send(text).expect(200);
      server.time.now = new Date(server.time.now.getTime() + 1000);
    }
    await undo(server);
    expect(await textOf(server, 'a')).toBe('old');
  });

  test("is the dropper's alone, and needs the right to write still", async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/in').expect(201);
    const grant = { uri: 'storage:in', grantee: 'user:alice' };
    await server
      .as(server.bob)
      .post('/api/v1/grants')
      .send({ ...grant, level: 'write' })
      .expect(201);
    await server.as(server.alice).put(`/api/v1/content/bob/in/a?drop=${drop}`).send('x').expect(201);
    await server.as(server.bob).post(`/api/v1/drops/${drop}/undo`).expect(404);
    await server.as(server.bob).delete('/api/v1/grants').query(grant).expect(204);
    const { body } = await server.as(server.alice).post(`/api/v1/drops/${drop}/undo`).expect(200);
    expect(body.items).toMatchObject([{ outcome: 'failed', error: { code: 'not_found' } }]);
    expect(await textOf(server, 'in/a')).toBe('x');
  });

  test('works after the server was started anew, until its time is over, when the space is given back', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a', 'old');
    const replace = () =>
      server.as(server.bob).put(`/api/v1/content/bob/a?drop=${drop}`).send('new').expect(200);
    await replace();
    const second = await startServerOn(server.dataFolder);
    await undo(second);
    expect(await textOf(server, 'a')).toBe('old');

    await replace();
    expect(await keptOf(server)).toHaveLength(1);
    second.time.now = new Date(Date.now() + 61 * 60_000);
    await second.services.sweep();
    expect(await keptOf(server)).toEqual([]);
    await second.as(second.bob).post(`/api/v1/drops/${drop}/undo`).expect(404);
    expect(await textOf(server, 'a')).toBe('new');
    await second.close();
  });
});

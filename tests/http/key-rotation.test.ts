import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { tokenOf } from '../support/canaries.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const operator = { kind: 'operator' as const, name: 'root' };
const kidOf = (link: Link) =>
  JSON.parse(Buffer.from(tokenOf(link).split('.')[0] ?? '', 'base64url').toString()).kid as string;
const statusOf = async (server: TestServer, link: Link) =>
  (await server.as().get(`/s/${tokenOf(link)}/raw`)).status;
const shown = async (server: TestServer, { id }: Link) =>
  (await server.as(server.bob).get(`/api/v1/links/${id}`)).body as Link;

async function start() {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  return { server, link: () => server.link(server.bob, { items: ['storage:a.txt'] }) };
}

describe('the keys that links are signed with', () => {
  test('rotate: old addresses work on and stay the same, new ones carry the new key (TK-20)', async () => {
    const { server, link } = await start();
    const old = await link();
    const kid = await server.services.keys.rotate(operator);
    await waitUntil('the running server knows the new key', async () => kidOf(await link()) === kid);
    expect(kidOf(old)).not.toBe(kid);
    expect(await statusOf(server, old)).toBe(200);
    expect((await shown(server, old)).url, 'the owner sees the address that was handed out').toBe(old.url);
    const renewed = (await server.as(server.bob).post(`/api/v1/links/${old.id}/generations`)).body as Link;
    expect(kidOf(renewed)).toBe(kid);
    expect(await statusOf(server, old)).toBe(410);
  });

  test('retire: addresses by that key end with it, are counted before, and have a new address (TK-20)', async () => {
    const { server, link } = await start();
    const [one, two, gone] = [await link(), await link(), await link()];
    await server.as(server.bob).delete(`/api/v1/links/${gone.id}`).expect(204);
    expect(await statusOf(server, one)).toBe(200);
    const kid = kidOf(one);
    await expect(server.services.keys.retire(operator, kid)).rejects.toMatchObject({ code: 'conflict' });
    await server.services.keys.rotate(operator);
    await waitUntil('there are two', async () => (await server.services.keys.list()).length === 2);
    const young = await link();
    expect(await server.services.keys.list()).toMatchObject([
      { isCurrent: true, liveLinks: 1 },
      { kid, isCurrent: false, liveLinks: 2 },
    ]);
    expect(await server.services.keys.retire(operator, kid)).toBe(2);
    await waitUntil('the old one is unknown', async () => (await statusOf(server, one)) === 404);
    expect(await statusOf(server, two)).toBe(404);
    expect(await statusOf(server, young)).toBe(200);
    expect(await server.services.keys.list()).toMatchObject([{ isCurrent: true, liveLinks: 3 }]);
    const again = await shown(server, one);
    expect(again.url).not.toBe(one.url);
    expect(await statusOf(server, again)).toBe(200);
    await expect(server.services.keys.retire(operator, kid)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('stay over a restart, whichever was the newest (TK-20, TK-21)', async () => {
    const { server, link } = await start();
    const old = await link();
    await server.services.keys.rotate(operator);
    await waitUntil('there are two', async () => (await server.services.keys.list()).length === 2);
    const young = await link();
    expect(await readdir(join(server.dataFolder, 'keys'))).toHaveLength(2);
    const again = await startServerOn(server.dataFolder);
    expect(await Promise.all([old, young].map((each) => statusOf(again, each)))).toEqual([200, 200]);
    expect(kidOf(await again.link(again.bob, { items: ['storage:a.txt'] }))).toBe(kidOf(young));
    await again.close();
  });
});

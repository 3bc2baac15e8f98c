import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

async function startWithLink(body: object = {}) {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  await server.put(server.bob, 'bob/b.txt', 'b');
  const link = await server.link(server.bob, { items: ['storage:a.txt'], ...body });
  const change = (patch: object, as = server.bob) =>
    server.as(as).patch(`/api/v1/links/${link.id}`).send(patch);
  return { server, link, change, base: new URL(link.url).pathname };
}

describe('a link that is edited', () => {
  test('becomes expiring, and permanent again, under the same URL', async () => {
    const { server, link, change, base } = await startWithLink();
    const changed = await change({ expiresIn: 60 }).expect(200);
    expect(changed.body).toMatchObject({ url: link.url, state: 'live' });
    server.time.now = new Date(server.time.now.getTime() + 60_000);
    await server.as().get(`${base}/raw`).expect(410);
    await change({ expiresAt: null }).expect(200);
    await server.as().get(`${base}/raw`).expect(200);
    await change({ expiresIn: 60, expiresAt: null }).expect(400);
    await change({ expiresAt: '2020-01-01T00:00:00Z' }).expect(400);
  });

  test('keeps what the change does not name', async () => {
    const { change } = await startWithLink({ label: 'first', note: 'read me', expiresIn: 3600 });
    const { body } = await change({ label: 'second' }).expect(200);
    expect(body).toMatchObject({ label: 'second', note: 'read me' });
    expect(body.expiresAt).not.toBeNull();
    await change({ owner: 'alice' }).expect(400);
  });

  test('hands out other items from the next request on, if its creator manages them', async () => {
    const { server, change, base } = await startWithLink();
    await change({ items: ['storage:b.txt'] }).expect(200);
    expect((await server.as().get(`${base}/raw`)).text).toBe('b');
    await server.as().get(`${base}/raw/a.txt`).expect(404);
    await change({ items: ['storage:/alice'] }).expect(404);
  });

  test('gets a new URL on request, and the old one answers that it was revoked', async () => {
    const { server, link, base } = await startWithLink();
    const renewed = await server.as(server.bob).post(`/api/v1/links/${link.id}/generations`).expect(201);
    expect(renewed.body.url).not.toBe(link.url);
    await server
      .as()
      .get(`${new URL(renewed.body.url).pathname}/raw`)
      .expect(200);
    const old = await server.as().get(`${base}/raw`).expect(410);
    expect(old.body.error.reason).toBe('revoked');
  });

  test('comes back when its revocation is undone within ten minutes, and not after', async () => {
    const { server, link, change, base } = await startWithLink();
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    await server.as().get(`${base}/raw`).expect(410);
    await change({ revoked: false }).expect(200);
    await server.as().get(`${base}/raw`).expect(200);
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    server.time.now = new Date(server.time.now.getTime() + 11 * 60_000);
    await change({ revoked: false }).expect(409);
  });

  test("is nobody else's to change, not even an administrator's (AZ-03)", async () => {
    const { server, link, change } = await startWithLink();
    await change({ label: 'mine now' }, server.alice).expect(404);
    await server.as(server.alice).post(`/api/v1/links/${link.id}/generations`).expect(404);
  });
});

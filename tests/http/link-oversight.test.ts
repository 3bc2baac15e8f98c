import { describe, expect, test } from 'vitest';
import type { CoveringLink, ForeignLink, Link } from '../../server/contract/schemas.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const statusOf = async (server: TestServer, link: Link) =>
  (await server.as().get(new URL(link.url).pathname)).status;

async function startWithLinks() {
  const server = await startTestServer();
  const carol = await server.createUser('carol');
  await server.as(server.bob).put('/api/v1/directories/bob/data').expect(201);
  await server.as(server.bob).put('/api/v1/directories/bob/data/train').expect(201);
  await server.put(server.bob, 'bob/data/train/1.txt', 'one');
  await server.put(server.bob, 'bob/data/train/2.txt', 'two');
  await server.put(carol, 'carol/c.txt', 'c');
  return { server, carol };
}

describe('an administrator', () => {
  test('sees every link of the installation without its address, by creator, root, state and words', async () => {
    const { server, carol } = await startWithLinks();
    const { alice, bob } = server;
    const data = await server.link(bob, { items: ['storage:data'], label: 'For the review' });
    const c = await server.link(carol, { items: ['storage:c.txt'] });
    await server.as(carol).delete(`/api/v1/links/${c.id}`).expect(204);
    const ask = async (query: string) => {
      const { body, text } = await server.as(alice).get(`/api/v1/admin/links?${query}`).expect(200);
      expect(text).not.toContain('/s/');
      expect(text).not.toContain('eyJ');
      return (body.items as ForeignLink[]).map(({ id, createdBy, state }) => [id, createdBy, state]);
    };
    const [ofBob, ofCarol] = [
      [data.id, 'bob', 'live'],
      [c.id, 'carol', 'revoked'],
    ];
    expect((await ask('')).toSorted()).toEqual([ofBob, ofCarol].toSorted());
    expect(await ask('creator=bob')).toEqual([ofBob]);
    expect(await ask('root=carol')).toEqual([ofCarol]);
    expect(await ask('root=car')).toEqual([]);
    expect(await ask('state=ended')).toEqual([ofCarol]);
    expect(await ask('state=live&filter=review')).toEqual([ofBob]);
    await server.as(bob).get('/api/v1/admin/links').expect(403);
  });

  test('ends any link at once, which its creator sees and cannot undo', async () => {
    const { server } = await startWithLinks();
    const link = await server.link(server.bob, { items: ['storage:data'] });
    await server.as(server.bob).delete(`/api/v1/admin/links/${link.id}`).expect(403);
    await server.as(server.alice).delete(`/api/v1/admin/links/${link.id}`).expect(204);
    expect(await statusOf(server, link)).toBe(410);
    const seen = await server.as(server.bob).get(`/api/v1/links/${link.id}`).expect(200);
    expect(seen.body).toMatchObject({ state: 'revoked', isRevokedByAdmin: true });
    const undo = await server.as(server.bob).patch(`/api/v1/links/${link.id}`).send({ revoked: false });
    expect([undo.status, undo.body.error.reason]).toEqual([403, 'revoked_by_admin']);
    expect(await statusOf(server, link)).toBe(410);
    // What an administrator revokes of their own, they may take back.
    await server.put(server.alice, 'alice/a.txt', 'a');
    const own = await server.link(server.alice, { items: ['storage:a.txt'] });
    await server.as(server.alice).delete(`/api/v1/admin/links/${own.id}`).expect(204);
    await server.as(server.alice).patch(`/api/v1/links/${own.id}`).send({ revoked: false }).expect(200);
  });
});

describe('a link whose creator lost the right', () => {
  test('is dead at once, and says so to its owner and to the administrator (SH-07)', async () => {
    const { server, carol } = await startWithLinks();
    const grant = { uri: 'storage:/bob/data', grantee: 'user:carol' };
    await server
      .as(server.bob)
      .post('/api/v1/grants')
      .send({ ...grant, level: 'manage' })
      .expect(201);
    const link = await server.link(carol, { items: ['storage:/bob/data'] });
    expect(await statusOf(server, link)).toBe(200);
    await server.as(server.bob).delete('/api/v1/grants').query(grant).expect(204);
    expect(await statusOf(server, link)).toBe(410);
    const dead = { state: 'orphaned', orphanedBy: 'lost_right' };
    expect((await server.as(carol).get(`/api/v1/links/${link.id}`)).body).toMatchObject(dead);
    expect((await server.as(server.alice).get(`/api/v1/admin/links/${link.id}`)).body).toMatchObject(dead);
    const mine = await server.link(server.bob, { items: ['storage:data'] });
    await server.as(server.bob).delete('/api/v1/entries/bob/data').expect(204);
    const seen = (await server.as(server.bob).get(`/api/v1/links/${mine.id}`)).body as Link;
    expect(seen).toMatchObject({ state: 'orphaned', orphanedBy: 'deletion' });
  });
});

describe('an entry', () => {
  const entryOf = async (server: TestServer, user: TestServer['bob'], path: string) =>
    (await server.as(user).get(`/api/v1/entries/${path}`).expect(200)).body;

  test('shows that it is linked, or what above it is, for as long as that link lives', async () => {
    const { server } = await startWithLinks();
    const { bob } = server;
    const link = await server.link(bob, { items: ['storage:data'] });
    const home = await entryOf(server, bob, 'bob');
    expect(home.children.items).toMatchObject([{ name: 'data', linked: true }]);
    const folder = await entryOf(server, bob, 'bob/data');
    expect(folder.entry.linked).toBe(true);
    expect(folder.entry.linkedAbove).toBeUndefined();
    const above = 'storage://home/bob/data';
    expect((await entryOf(server, bob, 'bob/data/train')).entry).toMatchObject({ linkedAbove: above });
    expect((await entryOf(server, bob, 'bob/data/train/1.txt')).entry).toMatchObject({ linkedAbove: above });
    // Of several, the nearest.
    await server.link(bob, { items: ['storage:data/train'], maxDownloads: 1 });
    expect((await entryOf(server, bob, 'bob/data/train/1.txt')).entry.linkedAbove).toBe(`${above}/train`);
    expect((await entryOf(server, bob, 'bob/data/train')).entry).toMatchObject({
      linked: true,
      linkedAbove: above,
    });
    await server.as(bob).delete(`/api/v1/links/${link.id}`).expect(204);
    expect((await entryOf(server, bob, 'bob/data/train')).entry.linkedAbove).toBeUndefined();
  });

  test("shows others' links to those who manage it, and to nobody else", async () => {
    const { server, carol } = await startWithLinks();
    await server.link(server.bob, { items: ['storage:data/train'] });
    const grant = (level: string) =>
      server
        .as(server.bob)
        .post('/api/v1/grants')
        .send({ uri: 'storage:/bob/data', grantee: 'user:carol', level })
        .expect(201);
    const seen = async () => {
      const { children } = await entryOf(server, carol, 'bob/data');
      const { entry } = await entryOf(server, carol, 'bob/data/train/1.txt');
      return [children.items[0].linked, entry.linkedAbove];
    };
    await grant('write');
    expect(await seen()).toEqual([undefined, undefined]);
    await grant('manage');
    expect(await seen()).toEqual([true, 'storage://home/bob/data/train']);
  });

  test('tells who manages it of every link that reaches it, with the address of their own alone', async () => {
    const { server, carol } = await startWithLinks();
    const { bob } = server;
    const share = { uri: 'storage:/bob/data', grantee: 'user:carol', level: 'manage' };
    await server.as(bob).post('/api/v1/grants').send(share).expect(201);
    const ofBob = await server.link(bob, { items: ['storage:data'] });
    await server.put(bob, 'bob/private.txt', 'private');
    const ofCarol = await server.link(carol, { items: ['storage:/bob/data/train/1.txt'] });
    await server.link(bob, { items: ['storage:data/train/2.txt'] });
    const ask = (user: TestServer['bob']) =>
      server.as(user).get('/api/v1/links/covering').query({ uri: 'storage:/bob/data/train/1.txt' });
    const told = async (user: TestServer['bob']) =>
      ((await ask(user).expect(200)).body.items as CoveringLink[]).map(({ id, createdBy, url }) => ({
        id,
        createdBy,
        url,
      }));
    const rows = [
      { id: ofCarol.id, createdBy: 'carol', url: ofCarol.url },
      { id: ofBob.id, createdBy: 'bob', url: null },
    ];
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
    expect((await told(carol)).toSorted(byId)).toEqual(rows.toSorted(byId));
    const dave = await server.createUser('dave');
    await ask(dave).expect(404);
    const [ofBoth] = [await server.link(bob, { items: ['storage:data/train', 'storage:private.txt'] })];
    const toldCarol = (await ask(carol).expect(200)).body.items as CoveringLink[];
    expect(toldCarol.find(({ id }) => id === ofBoth.id)?.items.map(({ name }) => name)).toEqual(['train']);
    await server
      .as(bob)
      .post('/api/v1/grants')
      .send({ ...share, grantee: 'user:dave', level: 'write' });
    await ask(dave).expect(403);
  });
});

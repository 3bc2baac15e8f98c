import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Link, LinkEvent } from '../../server/contract/schemas.ts';
import { startServerOn, startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const pathOf = (link: Link) => new URL(link.url).pathname;

async function eventsOf(server: TestServer, user: TestUser, link: Link): Promise<LinkEvent[]> {
  const { body } = await server.as(user).get(`/api/v1/links/${link.id}/events`).expect(200);
  return body.items as LinkEvent[];
}

async function startWithLink(settings: Record<string, string> = {}) {
  const server = await startTestServer({ DREY_TRUST_PROXY: '127.0.0.1', ...settings });
  await server.as(server.bob).put('/api/v1/directories/bob/data').expect(201);
  await server.put(server.bob, 'bob/data/a.txt', 'a'.repeat(1000));
  await server.put(server.bob, 'bob/data/b.txt', 'b'.repeat(50));
  const link = await server.link(server.bob, { items: ['storage:data'] });
  const visit = (rest = '', headers: Record<string, string> = {}) =>
    server
      .as()
      .get(`${pathOf(link)}${rest}`)
      .set({ 'User-Agent': firefox, 'X-Forwarded-For': '203.0.113.7', ...headers });
  return { server, link, visit };
}

/** Asks for bytes and goes away after the first of them, as one who closes the window does. */
function breakOff(server: TestServer, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${server.origin}${path}`, (response) => {
      response.once('data', () => request.destroy());
      response.once('close', () => resolve());
      response.on('error', () => {});
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve() : reject(error),
    );
    request.end();
  });
}

describe('the timeline of a link', () => {
  test('says who opened it, what was downloaded, how many bytes went, and by what kind of program', async () => {
    const { server, link, visit } = await startWithLink();
    await visit('', { Accept: 'text/html' });
    await visit('/raw/data/a.txt', { 'User-Agent': 'curl/8.5.0' }).expect(200);
    await visit('/zip').expect(200);
    await visit('/raw/data/b.txt?inline=1').expect(200);
    const events = await eventsOf(server, server.bob, link);
    const told = events.map(({ kind, path, client, finished, begun, bytes, isRunning }) => ({
      kind,
      path,
      client,
      whole: finished === begun,
      isRunning,
      some: bytes > 0,
    }));
    expect(told).toHaveLength(4);
    const common = { whole: true, isRunning: false };
    expect(told).toContainEqual({ kind: 'opened', path: null, client: 'Firefox', some: false, ...common });
    expect(told).toContainEqual({
      kind: 'downloaded',
      path: 'data/a.txt',
      client: 'curl',
      some: true,
      ...common,
    });
    expect(told).toContainEqual({ kind: 'zipped', path: null, client: 'Firefox', some: true, ...common });
    expect(told).toContainEqual({
      kind: 'previewed',
      path: 'data/b.txt',
      client: 'Firefox',
      some: true,
      ...common,
    });
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`);
    expect(body).toMatchObject({ opens: 1, downloads: 2 });
    expect(body.bytesSent).toBe(events.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(body.bytesSent).toBeGreaterThan(2000);
  });

  test('keeps of an address only its network, unless the settings say all or nothing', async () => {
    const cases: [settings: Record<string, string>, from: string, kept: string][] = [
      [{}, '203.0.113.7', '203.0.113.0/24'],
      [{}, '2001:db8:aa:bb::1', '2001:db8:aa::/48'],
      [{}, '2001:db8::1', '2001:db8:0::/48'],
      [{ DREY_LINK_ADDRESSES: 'full' }, '203.0.113.7', '203.0.113.7'],
      [{ DREY_LINK_ADDRESSES: 'none' }, '203.0.113.7', ''],
    ];
    for (const [settings, from, kept] of cases) {
      const { server, link, visit } = await startWithLink(settings);
      await visit('/raw/data/a.txt', { 'X-Forwarded-For': from }).expect(200);
      const [event] = await eventsOf(server, server.bob, link);
      expect(event?.address).toBe(kept);
    }
  });

  test('tells a download that broke off from one that came to its end, and knows its rest', async () => {
    const { server, link, visit } = await startWithLink();
    const size = 64 * 1024 * 1024;
    await server.put(server.bob, 'bob/data/large.bin', Buffer.alloc(size));
    await breakOff(server, `${pathOf(link)}/raw/data/large.bin`);
    let events: LinkEvent[] = [];
    await waitUntil('the row says that it ended', async () => {
      events = await eventsOf(server, server.bob, link);
      return events[0]?.isRunning === false;
    });
    expect(events[0]).toMatchObject({ path: 'data/large.bin', begun: 1, finished: 0 });
    expect(events[0]!.bytes).toBeLessThan(size);
    await visit('/raw/data/a.txt', { Range: 'bytes=600-' }).expect(206);
    events = await eventsOf(server, server.bob, link);
    const rest = events.find(({ path }) => path === 'data/a.txt');
    expect(rest).toMatchObject({ begun: 0, finished: 1, bytes: 400 });
    // A part of it is not its end.
    await visit('/raw/data/b.txt', { Range: 'bytes=0-9' }).expect(206);
    events = await eventsOf(server, server.bob, link);
    expect(events.find(({ path }) => path === 'data/b.txt')).toMatchObject({
      begun: 1,
      finished: 0,
      bytes: 10,
    });
  });

  test('makes one row of what one client does again within minutes, and another after a pause', async () => {
    const { server, link, visit } = await startWithLink();
    for (let time = 0; time < 5; time += 1) await visit('/raw/data/a.txt').expect(200);
    expect(await eventsOf(server, server.bob, link)).toMatchObject([{ begun: 5, finished: 5, bytes: 5000 }]);
    await visit('/raw/data/a.txt').expect(200);
    expect(await eventsOf(server, server.bob, link)).toMatchObject([{ begun: 6, bytes: 6000 }]);
    server.time.now = new Date(server.time.now.getTime() + 11 * 60_000);
    await visit('/raw/data/a.txt').expect(200);
    expect((await eventsOf(server, server.bob, link)).map(({ begun }) => begun)).toEqual([1, 6]);
  });

  test('does not grow without end: of one link the newest thousand rows stay, and old ones go with their time', async () => {
    const { server, link } = await startWithLink();
    const { linkTimeline } = server.services;
    for (let at = 0; at < 1500; at += 1) {
      server.time.now = new Date(server.time.now.getTime() + 1);
      const visitor = { address: `10.${at >> 8}.${at & 255}.1`, userAgent: firefox };
      linkTimeline.opened(link.id, visitor);
    }
    await linkTimeline.flush();
    const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}/events?limit=1000`);
    expect(body.items).toHaveLength(1000);
    expect(body.items[0].address).toBe('10.5.219.0/24');
    expect(body.next).toBeNull();
    // What is cut from the timeline is still counted.
    expect((await server.as(server.bob).get(`/api/v1/links/${link.id}`)).body.opens).toBe(1500);
    server.time.now = new Date(server.time.now.getTime() + 91 * 86_400_000);
    await server.services.sweep();
    expect(await eventsOf(server, server.bob, link)).toEqual([]);
  });

  test('keeps no rows, only counts, where the settings want none', async () => {
    const { server, link, visit } = await startWithLink({ DREY_LINK_EVENT_DAYS: '0' });
    await visit('/raw/data/a.txt').expect(200);
    expect(await eventsOf(server, server.bob, link)).toEqual([]);
    expect((await server.as(server.bob).get(`/api/v1/links/${link.id}`)).body.downloads).toBe(1);
  });

  test('is written when the server stops, and is there after the next start', async () => {
    const { server, link, visit } = await startWithLink();
    await visit('/raw/data/a.txt').expect(200);
    await server.close();
    const next = await startServerOn(server.dataFolder);
    expect(await eventsOf(next, next.bob, link)).toMatchObject([{ kind: 'downloaded', begun: 1 }]);
    await next.close();
  });

  test('comes in pages, newest first, and is for the creator and administrators alone (AZ-03)', async () => {
    const { server, link, visit } = await startWithLink();
    for (const path of ['/raw/data/a.txt', '/raw/data/b.txt', '/zip']) {
      server.time.now = new Date(server.time.now.getTime() + 1000);
      await visit(path).expect(200);
    }
    const at = `/api/v1/links/${link.id}/events`;
    const first = (await server.as(server.bob).get(`${at}?limit=2`)).body;
    const second = (await server.as(server.bob).get(`${at}?limit=2&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items].map(({ kind, path }: LinkEvent) => path ?? kind)).toEqual([
      'zipped',
      'data/b.txt',
      'data/a.txt',
    ]);
    expect(second.next).toBeNull();
    await server.as(server.alice).get(at).expect(404);
    await server.as(server.bob).get(at.replace('links', 'admin/links')).expect(403);
    const any = await server.as(server.alice).get(at.replace('/links', '/admin/links')).expect(200);
    expect(any.body.items).toHaveLength(3);
  });
});

describe('a transfer that runs by a link', () => {
  const size = 64 * 1024 * 1024;

  /** Someone who downloads and has stopped reading, so that nothing but the server can end it. */
  async function startRunning() {
    const { server, link } = await startWithLink();
    await server.put(server.bob, 'bob/data/large.bin', Buffer.alloc(size));
    const begun = Promise.withResolvers<IncomingMessage>();
    httpRequest(`${server.origin}${pathOf(link)}/raw/data/large.bin`, begun.resolve)
      .on('error', begun.reject)
      .end();
    const response = await begun.promise;
    const row = async () => {
      const at = `/api/v1/admin/links/${link.id}/events`;
      const { body } = await server.as(server.alice).get(at).expect(200);
      return body.items[0] as LinkEvent;
    };
    expect((await row()).isRunning).toBe(true);
    /** Resolves when the server has ended it: with what the client gets if it reads on now. */
    const ended = async () => {
      await waitUntil('the transfer has ended', async () => !(await row()).isRunning, 10_000);
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('error', () => {});
      await new Promise((resolve) => response.once('close', resolve));
      return { bytes, event: await row() };
    };
    return { server, link, ended };
  }

  test('is cut when the link is revoked, and its row says that it broke off (SH-05)', async () => {
    const { server, link, ended } = await startRunning();
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    const { bytes, event } = await ended();
    expect(bytes).toBeLessThan(size);
    expect(event).toMatchObject({ begun: 1, finished: 0 });
  });

  test('is cut when the link gets a new address (SH-05)', async () => {
    const { server, link, ended } = await startRunning();
    await server.as(server.bob).post(`/api/v1/links/${link.id}/generations`).expect(201);
    expect((await ended()).bytes).toBeLessThan(size);
  });

  test('is cut when its creator is disabled (SH-07)', async () => {
    const { server, ended } = await startRunning();
    await server.as(server.alice).patch('/api/v1/users/bob').send({ isDisabled: true }).expect(200);
    expect((await ended()).bytes).toBeLessThan(size);
  });
});

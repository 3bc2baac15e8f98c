import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PasswordHasher } from '../../server/accounts/password-hasher.ts';
import type { Link } from '../../server/contract/schemas.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const secret = 'sesame öffne dich';

async function startLocked(): Promise<{ server: TestServer; link: Link; base: string }> {
  const server = await startTestServer();
  await server.as(server.bob).put('/api/v1/directories/bob/folder').expect(201);
  await server.put(server.bob, 'bob/folder/hidden-name.txt', 'hidden content');
  const link = await server.link(server.bob, { items: ['storage:folder'], password: secret });
  return { server, link, base: new URL(link.url).pathname };
}

function endpointsOf(base: string): string[] {
  return [
    `${base}/entries`,
    `${base}/entries/folder`,
    `${base}/raw`,
    `${base}/raw/folder/hidden-name.txt`,
    `${base}/raw/folder/hidden-name.txt?inline=1`,
    `${base}/zip`,
    `${base}/zip?item=folder%2Fhidden-name.txt`,
    `${base}/SHA256SUMS`,
    base,
  ];
}

async function unlock(server: TestServer, base: string, password = secret) {
  const response = await server.as().post(`${base}/unlock`).send({ password });
  const cookie = String(response.headers['set-cookie'] ?? '').split(';')[0] ?? '';
  return { response, cookie };
}

describe('a link with a password', () => {
  test('tells no name, size or byte on any endpoint before the password is given (PW-01)', async () => {
    const { server, base } = await startLocked();
    for (const url of endpointsOf(base)) {
      for (const response of [
        await server.as().get(url),
        await server.as().head(url),
        await server.as().get(url).set('Range', 'bytes=0-3'),
      ]) {
        expect(response.status, url).toBe(401);
        expect(JSON.stringify(response.headers) + (response.text ?? '')).not.toMatch(/hidden|folder/);
      }
    }
  });

  test('opens with the password, by cookie or by curl -u, and only this one link (PW-02)', async () => {
    const { server, link, base } = await startLocked();
    const { response, cookie } = await unlock(server, base);
    expect(response.status).toBe(204);
    expect(String(response.headers['set-cookie'])).toMatch(new RegExp(`Path=${base};.*HttpOnly`));
    const file = `${base}/raw/folder/hidden-name.txt`;
    expect((await server.as().get(file).set('Cookie', cookie)).text).toBe('hidden content');
    expect((await server.as().get(file).auth('', secret)).text).toBe('hidden content');

    const twin = await server.link(server.bob, { items: ['storage:folder'], password: secret });
    await server
      .as()
      .get(`${new URL(twin.url).pathname}/entries`)
      .set('Cookie', cookie)
      .expect(401);
    expect(link.hasPassword).toBe(true);
    expect(JSON.stringify(link)).not.toContain('argon2');
  });

  test('is locked again when its password, its URL or its life changes (PW-02)', async () => {
    const { server, link, base } = await startLocked();
    const { cookie } = await unlock(server, base);
    await server
      .as(server.bob)
      .patch(`/api/v1/links/${link.id}`)
      .send({ password: 'another one' })
      .expect(200);
    await server.as().get(`${base}/entries`).set('Cookie', cookie).expect(401);
    await server.as().get(`${base}/entries`).auth('', secret).expect(401);
    await server.as().get(`${base}/entries`).auth('', 'another one').expect(200);

    const renewed = await unlock(server, base, 'another one');
    server.time.now = new Date(server.time.now.getTime() + 13 * 3_600_000);
    await server.as().get(`${base}/entries`).set('Cookie', renewed.cookie).expect(401);
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    await server.as().get(`${base}/entries`).auth('', 'another one').expect(410);
  });

  test('lets nobody guess for long, from one address or at one link (PW-07)', async () => {
    const { server, base } = await startLocked();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1)
      statuses.push((await unlock(server, base, `guess ${attempt}`)).response.status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect((await unlock(server, base)).response.status).toBe(429);
  });

  test('refuses passwords that are empty, blank or endless before hashing them (PW-05, PW-10)', async () => {
    const { server, link, base } = await startLocked();
    for (const password of ['', '   ', 'x'.repeat(5000)]) {
      await server
        .as(server.bob)
        .post('/api/v1/links')
        .send({ items: ['storage:folder'], password })
        .expect(400);
    }
    await server
      .as()
      .post(`${base}/unlock`)
      .send({ password: 'x'.repeat(100_000) })
      .expect(413);
    await server
      .as()
      .post(`${base}/unlock`)
      .send({ password: ['a'] })
      .expect(400);
    await server.as(server.bob).patch(`/api/v1/links/${link.id}`).send({ label: 'still locked' }).expect(200);
    await server.as().get(`${base}/entries`).expect(401);
    await server.as(server.bob).patch(`/api/v1/links/${link.id}`).send({ password: null }).expect(200);
    await server.as().get(`${base}/entries`).expect(200);
  });

  test('is unlocked by a plain form, which leads back to the page', async () => {
    const { server, base } = await startLocked();
    const response = await server
      .as()
      .post(`${base}/unlock`)
      .type('form')
      .send({ password: secret })
      .redirects(0);
    expect([response.status, response.headers.location]).toEqual([303, base]);
    expect(response.headers['set-cookie']).toBeDefined();
  });

  test('hashes no more guesses than it counts, however many come at once, and others are served (PW-06)', async () => {
    const { server, base } = await startLocked();
    const guesses = Array.from({ length: 100 }, (_, index) => unlock(server, base, `guess ${index}`));
    await server.as(server.bob).get('/api/v1/entries/bob').expect(200);
    const statuses = (await Promise.all(guesses)).map(({ response }) => response.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(90);
  });
});

test('of a hundred passwords one is hashed at a time, and who would wait too long is told to come back (PW-06)', async () => {
  const hasher = new PasswordHasher();
  const hash = await hasher.hash(secret);
  const before = process.memoryUsage().rss;
  let peak = before;
  const verifying = Array.from({ length: 100 }, async () => {
    const fits = await hasher.verify(secret, hash);
    peak = Math.max(peak, process.memoryUsage().rss);
    return fits;
  });
  const results = await Promise.allSettled(verifying);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(65);
  const turnedAway = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
  expect(turnedAway).toEqual(Array(35).fill('rate_limited'));
  // All at once they would take 1.2 GiB.
  expect(peak - before).toBeLessThan(400 << 20);
});

test('a server that has hashed many passwords holds no more memory than one that has hashed a few (PW-06)', async () => {
  const hasher = new URL('../../server/accounts/password-hasher.ts', import.meta.url).href;
  const script = `
    import { PasswordHasher } from '${hasher}';
    const hasher = new PasswordHasher();
    const hashed = async (count) => {
      for (let index = 0; index < count; index += 1) await hasher.hash('a password');
      return process.memoryUsage().rss;
    };
    const few = await hashed(3);
    console.log((await hashed(20)) - few);
  `;
  const env = { ...process.env, UV_THREADPOOL_SIZE: '32' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  });
  expect(Number(stdout)).toBeLessThan(100 << 20);
});

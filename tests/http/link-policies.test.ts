import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { loadConfig } from '../../server/config/settings.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';

const day = 86_400;

async function startWithRules(rules: string) {
  const server = await startTestServer({ DREY_LINK_POLICY: rules });
  await server.put(server.bob, 'bob/a.txt', 'a');
  return server;
}

function make(server: TestServer, body: object) {
  return server
    .as(server.bob)
    .post('/api/v1/links')
    .send({ items: ['storage:a.txt'], ...body });
}

function change(server: TestServer, link: Link, body: object) {
  return server.as(server.bob).patch(`/api/v1/links/${link.id}`).send(body);
}

describe('rules for links', () => {
  test('refuse a new link that breaks them, with the reason, and let one through that keeps them', async () => {
    const cases: [rules: string, bad: object, words: RegExp, good: object][] = [
      ['life=7d', {}, /7 days at most/, { expiresIn: 7 * day }],
      ['life=7d', { expiresIn: 8 * day }, /7 days at most/, { expiresIn: day }],
      ['life=12h', { expiresIn: day }, /12 hours at most/, { expiresIn: 3600 }],
      ['permanent=no', {}, /no permanent links/, { expiresIn: 3000 * day }],
      ['password=required', {}, /want a password/, { password: 'swordfish' }],
    ];
    for (const [rules, bad, words, good] of cases) {
      const server = await startWithRules(rules);
      const { body } = await make(server, bad).expect(400);
      expect(body.error).toMatchObject({ code: 'invalid', reason: 'policy' });
      expect(body.error.message).toMatch(words);
      await make(server, good).expect(201);
    }
  });

  test('hold for a change as for a new link, and for nothing that is not changed', async () => {
    const server = await startWithRules('life=7d, password=required');
    const link = (await make(server, { expiresIn: day, password: 'swordfish' }).expect(201)).body as Link;
    for (const bad of [{ expiresAt: null }, { expiresIn: 8 * day }, { password: null }]) {
      const { body } = await change(server, link, bad).expect(400);
      expect(body.error.reason).toBe('policy');
    }
    const { body } = await change(server, link, {
      expiresIn: 6 * day,
      label: 'x',
      password: 'other word',
    }).expect(200);
    expect(body).toMatchObject({ label: 'x', breaches: [] });
  });

  test('that came after a link leave it working, show that it breaks them, and hold when it is changed', async () => {
    const server = await startWithRules('');
    const link = (await make(server, {}).expect(201)).body as Link;
    expect(link.breaches).toEqual([]);
    await server.close();
    const stricter = await startServerOn(server.dataFolder, {
      DREY_LINK_POLICY: 'life=30d, password=required',
    });
    await stricter
      .as()
      .get(`${new URL(link.url).pathname}/raw`)
      .expect(200);
    const seen = await stricter.as(stricter.bob).get(`/api/v1/links/${link.id}`).expect(200);
    expect(seen.body.breaches).toEqual(['permanent', 'no_password']);
    await change(stricter, link, { label: 'kept' }).expect(200);
    await stricter.put(stricter.bob, 'bob/b.txt', 'b');
    await change(stricter, link, { items: ['storage:b.txt'] }).expect(400);
    const mended = await change(stricter, link, { expiresIn: day, password: 'swordfish' }).expect(200);
    expect(mended.body.breaches).toEqual([]);
    await stricter.close();
  });

  test('of a root differ from the rest, and of several roots the strictest hold', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drey-mount-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'f.txt'), 'f');
    const server = await startTestServer({
      DREY_LINK_POLICY: 'alice: life=1d; permanent=no; papers: password=required, permanent=yes',
    });
    await server.services.mount({ name: 'papers' as never, folder });
    await server.put(server.alice, 'alice/a.txt', 'a');
    await server.put(server.bob, 'bob/b.txt', 'b');
    const rulesOf = async (...uris: string[]) => {
      const query = uris.map((uri) => `uri=${encodeURIComponent(uri)}`).join('&');
      const { body } = await server.as(server.alice).get(`/api/v1/links/rules?${query}`).expect(200);
      return [body.maxSeconds, body.isPermanentAllowed, body.isPasswordRequired];
    };
    expect(await rulesOf('storage:/papers/f.txt')).toEqual([null, true, true]);
    expect(await rulesOf('storage:a.txt')).toEqual([day, false, false]);
    expect(await rulesOf('storage:/bob/b.txt')).toEqual([null, false, false]);
    expect(await rulesOf('storage:a.txt', 'storage:/papers/f.txt')).toEqual([day, false, true]);
    const ask = (body: object) => server.as(server.alice).post('/api/v1/links').send(body);
    await ask({ items: ['storage:/papers/f.txt'], password: 'swordfish' }).expect(201);
    await ask({ items: ['storage:a.txt', 'storage:/papers/f.txt'], password: 'swordfish' }).expect(400);
    await ask({
      items: ['storage:a.txt', 'storage:/papers/f.txt'],
      password: 'swordfish',
      expiresIn: day,
    }).expect(201);
  });

  test('that make no sense are refused at the start', () => {
    for (const rules of [
      'life',
      'life=',
      'life=0d',
      'life=7y',
      'lifetime=7d',
      'permanent=maybe',
      'a: life=7d; b:',
    ]) {
      expect(() => loadConfig({ DREY_LINK_POLICY: rules })).toThrow(/DREY_LINK_POLICY: it has/);
    }
  });
});

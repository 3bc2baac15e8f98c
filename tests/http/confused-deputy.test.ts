import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { routes } from '../../server/contract/routes.ts';
import { startWatchedServer, tokenOf } from '../support/canaries.ts';

const folder = join(import.meta.dirname, '../../server');

/** The files of the server whose text matches. */
async function filesWith(pattern: RegExp): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const found: string[] = [];
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    if (pattern.test(text)) found.push(name);
  }
  return found.sort();
}

describe('what the server does for others', () => {
  test('is never done by a shell: one program of its own is forked, without a word of anybody (AZ-08)', async () => {
    expect(await filesWith(/child_process/)).toEqual(['thumbnails/thumbnail-process.ts']);
    expect(await filesWith(/shell:\s*true|\bspawn(?:Sync)?\(|\bexecFile(?:Sync)?\(/)).toEqual([]);
    const text = await readFile(join(folder, 'thumbnails/thumbnail-process.ts'), 'utf8');
    expect(text.match(/\bfork\([^)]*\)/)?.[0], 'what it is started with').toMatch(
      /^fork\(programUrl, \{\s*env: \{\},\s*execArgv: \['[^'`$]*'\],\s*stdio: \[[^\]]*\],\s*\}\)$/,
    );
  });

  test('reaches out to where its settings say and nowhere else: no request can name an address (AZ-09)', async () => {
    const outward = /\bfetch\(|\bhttps?\.(?:get|request)\(|\bnet\.connect|from 'openid-client'|'nodemailer'/;
    expect(await filesWith(outward)).toEqual([
      'accounts/openid-provider.ts',
      'notices/mail.ts',
      'notices/webhook.ts',
    ]);
    const named = Object.entries(routes).filter(([, route]) => {
      const text = JSON.stringify('body' in route ? Object.keys(shapeOf(route.body)) : []);
      return /url"|webhook|host"|callback|endpoint/i.test(text);
    });
    expect(named.map(([name]) => name)).toEqual([]);
  });
});

function shapeOf(schema: unknown): object {
  return (schema as { shape?: object }).shape ?? {};
}

test('a revoked link is not brought back to life by who may no longer make it (AZ-11)', async () => {
  const server = await startWatchedServer();
  const carol = await server.createUser('carol');
  await server.put(server.bob, 'bob/a.txt', 'a');
  const grant = (level: string) =>
    server.ask('POST', '/api/v1/grants', {
      as: server.bob,
      body: { uri: 'storage:', grantee: 'user:carol', level },
    });
  await grant('manage');
  const link = await server.link(carol, { items: ['storage:/bob/a.txt'] });
  await server.ask('DELETE', `/api/v1/links/${link.id}`, { as: carol });
  await grant('write');
  await server.ask('PATCH', `/api/v1/links/${link.id}`, { as: carol, body: { revoked: false } });
  expect((await server.ask('GET', `/s/${tokenOf(link)}/raw`)).status).toBe(410);
  const items = { items: ['storage:/bob/a.txt'] };
  const put = await server.ask('PATCH', `/api/v1/links/${link.id}`, { as: carol, body: items });
  expect(put.status).toBe(403);
  const renewed = await server.ask('POST', `/api/v1/links/${link.id}/generations`, { as: carol });
  const again = JSON.parse(renewed.text) as { url: string };
  expect((await server.ask('GET', `${new URL(again.url).pathname}/raw`)).status).toBe(410);
});

test('an administrator who looks at links of others is written down (AZ-14)', async () => {
  const server = await startWatchedServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  const link = await server.link(server.bob, { items: ['storage:a.txt'] });
  const get = (path: string) => server.ask('GET', `/api/v1/${path}`, { as: server.alice });
  for (const path of ['admin/links', `admin/links/${link.id}`, `admin/links/${link.id}/events`]) {
    expect((await get(path)).status, path).toBe(200);
  }
  const { items } = JSON.parse((await get('audit?action=link.read')).text);
  expect(items).toMatchObject([
    { actor: { name: 'alice' }, target: `link:${link.id}`, detail: { events: true } },
    { actor: { name: 'alice' }, target: `link:${link.id}` },
    { actor: { name: 'alice' }, target: null },
  ]);
});

test('no byte of what may only be listed comes by any side door (AZ-02)', async () => {
  const server = await startWatchedServer();
  const carol = await server.createUser('carol');
  await server.plant(join(server.homeOf('bob'), 'team'), 'CANARY.png');
  await server.ask('POST', '/api/v1/grants', {
    as: server.bob,
    body: { uri: 'storage:team', grantee: 'user:carol', level: 'list' },
  });
  const path = 'bob/team/CANARY.png';
  const uri = `storage:/${path}`;
  const item = encodeURIComponent(uri);
  const doors: [string, string, object?][] = [
    ['GET', `content/${path}`],
    ['HEAD', `content/${path}`],
    ['GET', `content/${path}?inline=1`],
    ['GET', `sizes/${path}`],
    ['GET', `thumbnails/${path}`],
    ['GET', `checksums/${path}`],
    ['GET', `archive?item=${item}`],
    ['HEAD', `archive?item=${item}`],
    ['POST', 'archive', { item: uri }],
    ['POST', 'copies', { from: [uri], to: 'storage:stolen.png', into: false }],
    ['POST', 'moves', { from: [uri], to: 'storage:stolen.png', into: false }],
    ['POST', 'links', { items: [uri] }],
  ];
  for (const [method, target, body] of doors) {
    const reply = await server.ask(method, `/api/v1/${target}`, { as: carol, ...(body && { body }) });
    expect(reply.status, `${method} ${target}`).toBe(403);
  }
  const listed = await server.ask('GET', `/api/v1/entries/${path}`, { as: carol });
  expect(listed.status, 'it may be seen').toBe(200);
});

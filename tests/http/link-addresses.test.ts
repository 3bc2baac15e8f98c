import { expect, test } from 'vitest';
import { routes, type Route } from '../../server/contract/routes.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

async function startWithLink() {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  const link = await server.link(server.bob, { items: ['storage:a.txt'] });
  return { server, link, token: new URL(link.url).pathname.slice('/s/'.length) };
}

test('a link has the address that is made for it, never a word of its maker (SH-22)', async () => {
  const { server } = await startWithLink();
  const words = ['admin', 'api', '..', 'x', 'аdmin', 'my-holiday'];
  const seen = new Set<string>();
  for (const word of words) {
    const chosen = { alias: word, slug: word, id: word, jti: word, token: word, url: `/s/${word}` };
    const link = await server.link(server.bob, { items: ['storage:a.txt'], label: word, ...chosen });
    const token = new URL(link.url).pathname.slice('/s/'.length);
    const [, claims = ''] = token.split('.');
    const { jti } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string };
    // 128 random bits.
    expect(Buffer.from(jti, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(words).not.toContain(link.id);
    seen.add(jti);
    for (const end of ['', '/raw', '/entries']) {
      const { status } = await sendRaw(server.origin, 'GET', `/s/${encodeURIComponent(word)}${end}`);
      expect(status, word).toBe(404);
    }
  }
  expect(seen.size).toBe(words.length);
});

test('nobody who holds a link is told of what happens: there is no stream of events, and its rows are for others (SH-25)', async () => {
  const { server, link, token } = await startWithLink();
  const addressOf = ({ base, path }: Route) =>
    `${base ?? '/api/v1'}${path}`
      .replace('*path', 'a.txt')
      .replace(':token', token)
      .replace(/:\w+/g, link.id);
  const rows = (Object.values(routes) as Route[]).filter(({ method }) => method === 'GET');
  expect(rows.length).toBeGreaterThan(20);
  for (const target of [...rows.map(addressOf), `/s/${token}`, `/s/${token}/events`, '/events', '/socket']) {
    const asked = await ask(server, target, { Accept: 'text/event-stream' });
    expect(asked.headers['content-type'] ?? '', target).not.toContain('event-stream');
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    const { status } = await ask(server, target, { ...upgrade, 'Sec-WebSocket-Key': 'x'.repeat(22) + '==' });
    expect(status, target).not.toBe(101);
  }
  for (const target of [`/api/v1/links/${link.id}/events`, `/api/v1/links/${link.id}`, '/api/v1/audit']) {
    expect((await ask(server, target, { Authorization: `Bearer ${token}` })).status, target).toBe(401);
  }
});

const ask = (server: TestServer, target: string, headers: Record<string, string>) =>
  sendRaw(server.origin, 'GET', target, { headers });

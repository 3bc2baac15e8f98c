import { describe, expect, test } from 'vitest';
import { startWatchedServer } from '../support/canaries.ts';
import { password } from '../support/test-server.ts';

/** A server with a file of bob's, and bob's cookie as his browser would send it. */
async function startWithCookie(settings: Record<string, string> = {}) {
  const server = await startWatchedServer(settings);
  await server.put(server.bob, 'bob/a.txt', 'a');
  const { headers } = await server.ask('POST', '/api/v1/session', { body: { name: 'bob', password } });
  return { server, Cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
}

const writes: [method: string, target: string, body?: object][] = [
  ['DELETE', '/api/v1/entries/bob/a.txt'],
  ['PUT', '/api/v1/content/bob/b.txt'],
  ['PUT', '/api/v1/directories/bob/new'],
  ['POST', '/api/v1/moves', { from: ['storage:a.txt'], to: 'storage:b.txt', into: false }],
  ['POST', '/api/v1/links', { items: ['storage:a.txt'] }],
  ['POST', '/api/v1/grants', { uri: 'storage:a.txt', grantee: 'public', level: 'read' }],
  ['PATCH', '/api/v1/users/bob', { password: 'hijacked password', currentPassword: password }],
  ['POST', '/api/v1/tokens', {}],
  ['POST', '/api/v1/uploads'],
  ['POST', '/api/v1/session', { name: 'bob', password }],
  ['DELETE', '/api/v1/session'],
];

const foreignOrigins = (origin: string) => {
  const { host, port } = new URL(origin);
  return [
    'https://evil.example',
    'null',
    `http://${host}.evil.example`,
    `http://evil-${host}`,
    `https://${host}`,
    `http://127.0.0.1:${Number(port) + 1}`,
    'http://127.0.0.1',
    `http://x@${host}`,
    `${origin}/`,
    `${origin}, https://evil.example`,
    'file://',
    '',
  ];
};

describe("another site's page", () => {
  test('changes nothing with our cookie, whichever way its browser says where it comes from (WB-10)', async () => {
    const { server, Cookie } = await startWithCookie();
    const strange = [
      ...['cross-site', 'same-site', '', 'Same-Origin ', 'unknown'].map((site) => ({
        'Sec-Fetch-Site': site,
      })),
      ...foreignOrigins(server.origin).map((Origin) => ({ Origin })),
      { 'Sec-Fetch-Site': 'cross-site', Origin: server.origin },
    ];
    for (const headers of strange) {
      for (const [method, target, body] of writes) {
        const reply = await server.ask(method, target, {
          headers: { Cookie, ...headers },
          body: body ?? 'x',
        });
        expect(reply.status, `${method} ${target} ${JSON.stringify(headers)}`).toBe(403);
        expect(JSON.parse(reply.text).error.reason).toBe('cross_origin');
        expect(reply.headers['set-cookie']).toBeUndefined();
      }
    }
    const { text } = await server.ask('GET', '/api/v1/entries/bob', { headers: { Cookie } });
    expect(JSON.parse(text).children.items.map((item: { name: string }) => item.name)).toEqual(['a.txt']);
  });

  test('cannot turn a reading request into a writing one (TU-08, WB-10)', async () => {
    const { server, Cookie } = await startWithCookie();
    for (const override of ['DELETE', 'PUT', 'PATCH']) {
      const headers = {
        Cookie,
        'X-HTTP-Method-Override': override,
        'X-Method-Override': override,
        'Sec-Fetch-Site': 'cross-site',
      };
      const { status } = await server.ask('GET', `/api/v1/entries/bob/a.txt?_method=${override}`, {
        headers,
      });
      expect(status).toBe(200);
    }
    expect((await server.ask('GET', '/api/v1/content/bob/a.txt', { headers: { Cookie } })).text).toBe('a');
  });

  test('sends forms whose types are none of JSON, and they mean nothing here', async () => {
    const { server, Cookie } = await startWithCookie();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { Cookie, 'Content-Type': type };
      const { status } = await server.ask('POST', '/api/v1/links', {
        headers,
        body: '{"items":["storage:a.txt"]}',
      });
      expect(status, type).toBe(400);
    }
  });

  test('is given no right to read, for no origin, with or without credentials (WB-03, TU-10)', async () => {
    const { server, Cookie } = await startWithCookie();
    for (const Origin of [...foreignOrigins(server.origin), server.origin]) {
      for (const [method, target] of [
        ['GET', '/api/v1/session'],
        ['GET', '/api/v1/content/bob/a.txt'],
        ['GET', '/s/x/raw'],
        ['OPTIONS', '/api/v1/session'],
        ['OPTIONS', '/api/v1/uploads'],
        ['OPTIONS', '/api/v1/content/bob/a.txt'],
        ['OPTIONS', '/s/x/raw'],
        ['OPTIONS', '/'],
      ] as const) {
        const reply = await server.ask(method, target, {
          headers: {
            Cookie,
            Origin,
            'Access-Control-Request-Method': 'PUT',
            'Access-Control-Request-Headers': 'authorization',
          },
        });
        // That no header begins with Access-Control- is looked at on every answer.
        expect(JSON.stringify(reply.headers)).not.toContain('evil');
      }
    }
  });
});

describe('our own page', () => {
  test('may change things, as may a program that is no browser and one that brings a token', async () => {
    const { server, Cookie } = await startWithCookie();
    const good: Record<string, string>[] = [
      { Cookie, 'Sec-Fetch-Site': 'same-origin' },
      { Cookie, 'Sec-Fetch-Site': 'none' },
      { Cookie, Origin: server.origin },
      { Cookie },
      {
        Authorization: `Bearer ${server.bob.token}`,
        Origin: 'https://evil.example',
        'Sec-Fetch-Site': 'cross-site',
      },
    ];
    for (const headers of good) {
      const { status } = await server.ask('PUT', '/api/v1/content/bob/b.txt', { headers, body: 'x' });
      expect([200, 201], JSON.stringify(headers)).toContain(status);
    }
  });

  test('is the one at the public address, whatever a Host header says (TU-09)', async () => {
    const { server, Cookie } = await startWithCookie({ DREY_PUBLIC_URL: 'https://files.example.org' });
    const put = (headers: Record<string, string>) =>
      server.ask('PUT', '/api/v1/content/bob/b.txt', { headers: { Cookie, ...headers }, body: 'x' });
    expect((await put({ Origin: 'https://files.example.org' })).status).toBe(201);
    expect((await put({ Origin: server.origin })).status).toBe(403);
    expect((await put({ Origin: 'https://evil.example', Host: 'evil.example' })).status).toBe(403);
    expect(
      (
        await put({
          Origin: 'https://evil.example',
          'X-Forwarded-Host': 'evil.example',
          'X-Forwarded-Proto': 'https',
        })
      ).status,
    ).toBe(403);
    const { text } = await server.ask('POST', '/api/v1/links', {
      as: server.bob,
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
      body: { items: ['storage:a.txt'] },
    });
    expect(JSON.parse(text).url).toMatch(/^https:\/\/files\.example\.org\/s\//);
  });
});

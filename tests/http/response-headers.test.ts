import { describe, expect, test } from 'vitest';
import { startWatchedServer, tokenOf } from '../support/canaries.ts';

/** One of every kind of answer there is; the helper looks at the headers of each. */
async function startWithEveryAnswer(settings: Record<string, string> = {}) {
  const server = await startWatchedServer(settings);
  await server.put(server.bob, 'bob/a.html', '<script>alert(1)</script>');
  const token = tokenOf(await server.link(server.bob, { items: ['storage:a.html'] }));
  const as = server.bob;
  const { headers } = await server.ask('GET', '/api/v1/content/bob/a.html', { as });
  const etag = headers.etag as string;
  const answers = [
    ['GET', '/healthz', 200],
    ['GET', '/api/openapi.json', 200],
    ['GET', '/api/v1/session', 200],
    ['GET', '/api/v1/entries/bob', 200],
    ['GET', '/api/v1/content/bob/a.html', 200],
    ['HEAD', '/api/v1/content/bob/a.html', 200],
    ['GET', '/api/v1/content/bob/a.html?inline=1', 200],
    ['GET', '/api/v1/content/bob/a.html', 304, { 'If-None-Match': etag }],
    ['GET', '/api/v1/content/bob/a.html', 206, { Range: 'bytes=0-1' }],
    ['GET', '/api/v1/content/bob/a.html', 416, { Range: 'bytes=900-' }],
    ['GET', '/api/v1/content/bob/a.html', 412, { 'If-Match': '"x"' }],
    ['GET', '/api/v1/content/bob/nothing', 404],
    ['GET', '/api/v1/content/bob/%zz', 400],
    ['GET', '/api/v1/archive?item=storage:a.html', 200],
    ['GET', '/api/v1/users', 403],
    ['TRACE', '/api/v1/session', 405],
    ['POST', '/api/v1/entries/bob', 405],
    ['OPTIONS', '/api/v1/uploads', 204],
    ['GET', '/api/v1/nothing', 404],
    ['GET', '/nothing', 404],
    ['GET', `/s/${token}`, 200],
    ['GET', `/s/${token}/raw`, 200],
    ['GET', `/s/${token}/raw?inline=1`, 200],
    ['GET', `/s/${token}/raw/nothing`, 404],
    ['GET', `/s/${token}/entries`, 200],
    ['GET', `/s/${token}/zip`, 200],
    ['GET', `/s/${token}/SHA256SUMS`, 200],
    ['GET', '/s/nothing', 404],
    ['GET', '/s/nothing/raw', 404],
    ['GET', '/s/%zz/raw', 400],
  ] as [string, string, number, Record<string, string>?][];
  return { server, token, answers };
}

describe('every answer', () => {
  test('keeps caches, frames, sniffers and referrers out (WB-05, WB-08, O10)', async () => {
    const { server, answers } = await startWithEveryAnswer();
    for (const [method, target, status, headers = {}] of answers) {
      const reply = await server.ask(method, target, { as: server.bob, headers });
      expect(reply.status, `${method} ${target}`).toBe(status);
      expect(reply.headers.vary, `${method} ${target}`).toBe('Cookie, Authorization');
      expect(reply.headers['strict-transport-security']).toBeUndefined();
      expect(reply.headers.location).toBeUndefined();
    }
  });

  test('asks for TLS from then on where the public address has it (WB-16)', async () => {
    const { server, answers } = await startWithEveryAnswer({ DREY_PUBLIC_URL: 'https://files.example.org' });
    for (const [method, target, status, headers = {}] of answers) {
      const reply = await server.ask(method, target, { as: server.bob, headers });
      expect([reply.status, reply.headers['strict-transport-security']], target).toEqual([
        status,
        'max-age=31536000',
      ]);
    }
  });

  test('under a link asks search engines to forget it (WB-13)', async () => {
    const { server, answers } = await startWithEveryAnswer();
    for (const [method, target] of answers.filter(([, target]) => target.startsWith('/s/'))) {
      const { headers } = await server.ask(method, target);
      expect(headers['x-robots-tag'], target).toBe('noindex, nofollow, noarchive');
    }
  });

  test("of a stranger's bytes runs nothing and is handed out, shown only as what is inert (WB-05, XS-01)", async () => {
    const { server, token } = await startWithEveryAnswer();
    for (const prefix of ['/api/v1/content/bob/a.html', `/s/${token}/raw`]) {
      const down = await server.ask('GET', prefix, { as: server.bob });
      expect(down.headers['content-disposition']).toMatch(/^attachment/);
      expect(down.headers['content-type']).toBe('application/octet-stream');
      const shown = await server.ask('GET', `${prefix}?inline=1`, { as: server.bob });
      expect(shown.headers['content-type']).toBe('text/plain; charset=utf-8');
      for (const { headers } of [down, shown]) {
        expect(headers['content-security-policy']).toBe(
          "sandbox; default-src 'none'; frame-ancestors 'none'",
        );
      }
    }
  });

  test('of an address that only looks like a file of style or script is 404 and kept by no cache (WB-06)', async () => {
    const { server, token } = await startWithEveryAnswer();
    const disguised = [
      `/s/${token}/x.css`,
      `/s/${token}/a.html.css`,
      `/s/${token}.css`,
      `/s/${token}/entries.css`,
      `/s/${token}/entries/x.js`,
      '/api/v1/session/a.js',
      '/api/v1/session.js',
      '/api/v1/session;.css',
      '/api/v1/session%3B.css',
      '/api/v1/session%00.css',
      '/api/v1/links/x.css',
      '/api/v1/content/bob/a.html/x.css',
      '/api/v1/content/bob/a.html;.css',
    ];
    for (const target of disguised) {
      const { status } = await server.ask('GET', target, { as: server.bob });
      expect([400, 404], target).toContain(status);
    }
  });
});

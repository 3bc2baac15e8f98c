import { describe, expect, test } from 'vitest';
import { startWatchedServer } from '../support/canaries.ts';
import { password } from '../support/test-server.ts';

async function startWithToken(terms: object = {}) {
  const server = await startWatchedServer();
  const made = await server.ask('POST', '/api/v1/tokens', {
    as: server.bob,
    body: { label: 'ci', ...terms },
    mayHoldToken: true,
  });
  expect(made.status).toBe(201);
  const { id, token } = JSON.parse(made.text) as { id: string; token: string };
  server.keepSecret(token);
  const statusWith = async (given: string, headers = {}) =>
    (await server.ask('GET', '/api/v1/session', { headers: { Authorization: given, ...headers } })).status;
  return { server, id, token, statusWith };
}

describe('an API token', () => {
  test('is told once and never again (TK-19)', async () => {
    const { server, id, token, statusWith } = await startWithToken();
    expect(token).toMatch(/^drey_[\w-]{49}$/);
    expect(await statusWith(`Bearer ${token}`)).toBe(200);
    const { text } = await server.ask('GET', '/api/v1/tokens', { as: server.bob });
    expect(JSON.parse(text).items.find((row: { id: string }) => row.id === id)).toEqual({
      id,
      label: 'ci',
      createdAt: expect.any(String),
      expiresAt: null,
      lastUsedAt: expect.any(String),
      level: null,
      uris: null,
    });
  });

  test('in any other spelling is none (TK-15)', async () => {
    const { token, statusWith, server } = await startWithToken();
    const body = token.slice(5);
    const wrong = [
      body,
      `drey_${body.slice(1)}`,
      `drey_${body}x`,
      token.toUpperCase(),
      `DREY_${body}`,
      `${token}=`,
      `${token}\t`,
      `"${token}"`,
      `drey_${'A'.repeat(49)}`,
      `drey_${body.slice(0, -1)}${body.endsWith('A') ? 'B' : 'A'}`,
      'drey_',
      '',
      'null',
    ];
    for (const given of wrong) {
      // The white space at a header's end is no part of it.
      const expected = given === `${token}\t` ? 200 : 401;
      expect(await statusWith(`Bearer ${given}`), given).toBe(expected);
    }
    for (const scheme of ['Basic', 'Token', 'Negotiate', ''])
      expect(await statusWith(`${scheme} ${token}`), scheme).toBe(401);
    expect(await statusWith(token)).toBe(401);
    expect(await statusWith(`bearer ${token}`)).toBe(200);
    const asCookie = await server.ask('GET', '/api/v1/session', { headers: { Cookie: `drey=${token}` } });
    expect(asCookie.status).toBe(401);
    const inQuery = await server.ask('GET', `/api/v1/session?token=${token}&access_token=${token}`);
    expect(inQuery.status).toBe(401);
  });

  test('that is wrong is not made good by a cookie beside it', async () => {
    const { server, statusWith } = await startWithToken();
    const { headers } = await server.ask('POST', '/api/v1/session', { body: { name: 'bob', password } });
    const Cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(await statusWith('Bearer drey_x', { Cookie })).toBe(401);
    expect(await statusWith('', { Cookie })).toBe(401);
  });

  test('ends at its very instant, and no longer than ten years away (TK-12)', async () => {
    const { server, token, statusWith } = await startWithToken({ expiresIn: 3600 });
    const start = server.time.now.getTime();
    server.time.now = new Date(start + 3_600_000 - 1);
    expect(await statusWith(`Bearer ${token}`)).toBe(200);
    server.time.now = new Date(start + 3_600_000);
    expect(await statusWith(`Bearer ${token}`)).toBe(401);
    for (const expiresIn of [0, -1, 1.5, 59, '3600', 10 * 366 * 86_400, [3600]]) {
      const { status } = await server.ask('POST', '/api/v1/tokens', { as: server.bob, body: { expiresIn } });
      expect(status, String(expiresIn)).toBe(400);
    }
  });

  test('that is deleted, or whose user is disabled or deleted, is dead at once; only its user may delete it (AU-03, AZ-03, AZ-07)', async () => {
    const { server, id, token, statusWith } = await startWithToken();
    const bearer = `Bearer ${token}`;
    for (const as of [server.alice, await server.createUser('carol')]) {
      expect((await server.ask('DELETE', `/api/v1/tokens/${id}`, { as })).status).toBe(404);
    }
    await server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { isDisabled: true } });
    expect(await statusWith(bearer)).toBe(401);
    await server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { isDisabled: false } });
    expect(await statusWith(bearer)).toBe(200);
    expect((await server.ask('DELETE', `/api/v1/tokens/${id}`, { as: server.bob })).status).toBe(204);
    expect(await statusWith(bearer)).toBe(401);
    await server.ask('DELETE', '/api/v1/users/bob', { as: server.alice });
    expect(await statusWith(`Bearer ${server.bob.token}`)).toBe(401);
    await server.createUser('bob').catch(() => {});
    expect(await statusWith(`Bearer ${server.bob.token}`), 'a new user of that name is someone else').toBe(
      401,
    );
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startWatchedServer, type WatchedServer } from '../support/canaries.ts';
import { password } from '../support/test-server.ts';

const random = () => randomBytes(32).toString('base64url');
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

async function signIn(server: WatchedServer) {
  const { headers } = await server.ask('POST', '/api/v1/session', { body: { name: 'bob', password } });
  return { Cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
}
async function approve(server: WatchedServer, challenge: string, headers?: Record<string, string>) {
  const body = { challenge, label: 'drey on laptop' };
  const reply = await server.ask('POST', '/api/v1/client-approvals', {
    headers: headers ?? (await signIn(server)),
    body,
  });
  expect(reply.status).toBe(201);
  return (JSON.parse(reply.text) as { code: string }).code;
}
const redeem = (server: WatchedServer, code: string, verifier: string) =>
  server.ask('POST', '/api/v1/client-approvals/redemption', { body: { code, verifier }, mayHoldToken: true });

test('an approval is worth one token, to whoever made the challenge (AU-04)', async () => {
  const server = await startWatchedServer();
  const verifier = random();
  const code = await approve(server, challengeOf(verifier));
  const reply = await redeem(server, code, verifier);
  expect(reply.status).toBe(201);
  const { token, label } = JSON.parse(reply.text) as { token: string; label: string };
  expect(label).toBe('drey on laptop');
  const me = await server.ask('GET', '/api/v1/session', { as: { name: 'bob', token } });
  expect(JSON.parse(me.text).user.name).toBe('bob');
  expect((await redeem(server, code, verifier)).status, 'a second time').toBe(401);
});

test('an approval is worth nothing without the verifier, and is spent by the attempt (AU-04)', async () => {
  const server = await startWatchedServer();
  const verifier = random();
  const challenge = challengeOf(verifier);
  const code = await approve(server, challenge);
  expect((await redeem(server, code, challenge)).status).toBe(401);
  expect((await redeem(server, code, verifier)).status).toBe(401);
});

test('an approval ends after two minutes, and with its user (AU-03)', async () => {
  const server = await startWatchedServer();
  const verifier = random();
  const late = await approve(server, challengeOf(verifier));
  server.time.now = new Date(server.time.now.getTime() + 120_000);
  expect((await redeem(server, late, verifier)).status).toBe(401);
  const code = await approve(server, challengeOf(verifier));
  await server.ask('PATCH', '/api/v1/users/bob', { as: server.alice, body: { isDisabled: true } });
  expect((await redeem(server, code, verifier)).status).toBe(401);
});

test('an approval is for someone who is signed in with a browser of this site (AZ-06)', async () => {
  const server = await startWatchedServer();
  const body = { challenge: challengeOf(random()) };
  const ask = async (headers: Record<string, string>) =>
    (await server.ask('POST', '/api/v1/client-approvals', { headers, body })).status;
  expect(await ask({})).toBe(401);
  expect(await ask({ Authorization: `Bearer ${server.bob.token}` })).toBe(403);
  const cookie = await signIn(server);
  expect(await ask({ ...cookie, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  expect(await ask({ ...cookie, Origin: 'https://evil.example' })).toBe(403);
  expect(await ask({ ...cookie, 'Sec-Fetch-Site': 'same-origin' })).toBe(201);
});

test('codes of approvals are guessed thirty times at most (AU-04)', async () => {
  const server = await startWatchedServer();
  const verifier = random();
  const code = await approve(server, challengeOf(verifier));
  for (let attempt = 0; attempt < 30; attempt += 1)
    expect((await redeem(server, random(), verifier)).status).toBe(401);
  expect((await redeem(server, random(), verifier)).status).toBe(429);
  expect((await redeem(server, code, verifier)).status, 'a limit holds for the right one as well').toBe(429);
});

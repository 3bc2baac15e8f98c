import { describe, expect, test } from 'vitest';
import { unlockProblemIn } from '../../src/lib/features/link-page/link-refusal.ts';
import { startTestServer } from '../support/test-server.ts';

const secret = 'correct horse';

async function startLocked() {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'bytes');
  const link = await server.link(server.bob, { items: ['storage:a.txt'], password: secret });
  const base = new URL(link.url).pathname;
  const send = (password: string) =>
    server.as().post(`${base}/unlock`).type('form').send({ password }).redirects(0);
  return { server, link, base, send };
}

describe('a form that gives the password of a link', () => {
  test('leads back to the page, which says that it was wrong', async () => {
    const { base, send } = await startLocked();
    const { status, headers } = await send('not it');
    expect([status, headers.location]).toEqual([303, `${base}?wrong=1`]);
    expect(headers['set-cookie']).toBeUndefined();
    expect(unlockProblemIn(new URLSearchParams('wrong=1'))).toBe('That is not the password of this link.');
  });

  test('leads back to the page, which says for how long it was too often', async () => {
    const { server, base, send } = await startLocked();
    for (let attempt = 0; attempt < 10; attempt += 1) await send(`guess ${attempt}`);
    const { status, headers } = await send(secret);
    expect([status, headers.location]).toEqual([303, `${base}?wait=15`]);
    expect(unlockProblemIn(new URLSearchParams('wait=15'))).toBe(
      'Too many attempts. Try again in 15 minutes.',
    );
    const asJson = await server.as().post(`${base}/unlock`).send({ password: secret }).expect(429);
    expect(Number(asJson.headers['retry-after'])).toBeGreaterThan(14 * 60);
  });

  test('leads back to the page, which says that the link has ended', async () => {
    const { server, link, base, send } = await startLocked();
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
    const { status, headers } = await send(secret);
    expect([status, headers.location]).toEqual([303, base]);
  });
});

test('the page repeats nothing that an address makes up', () => {
  for (const query of ['', 'wait=soon', 'wait=-1', 'wait=1.5', 'wait=', 'problem=<b>']) {
    expect(unlockProblemIn(new URLSearchParams(query))).toBeUndefined();
  }
});

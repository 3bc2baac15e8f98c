import { readdir } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import type { BulkResult } from '../../server/contract/schemas.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const key = 'a-key-of-one-request';
const boundary = 'the-border';
const contentType = `multipart/form-data; boundary=${boundary}`;

function multipart(files: Record<string, string>): string {
  const parts = Object.entries(files).map(
    ([name, content]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
      `Content-Type: application/octet-stream\r\n\r\n${content}\r\n`,
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

async function send(
  server: TestServer,
  files: Record<string, string>,
  { folder = 'bob', headers = { 'Idempotency-Key': key } as Record<string, string>, query = '' } = {},
) {
  const response = await fetch(`${server.origin}/api/v1/bulk/${folder}${query}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.bob.token}`, 'Content-Type': contentType, ...headers },
    body: multipart(files),
  });
  return { status: response.status, body: (await response.json()) as BulkResult };
}

const namesIn = async (server: TestServer) =>
  (await readdir(server.homeOf('bob'))).filter((name) => name !== '.drey').toSorted();

describe('a bulk request that comes twice under one key', () => {
  test('is answered as it was the first time, and stores nothing again', async () => {
    const server = await startTestServer();
    const files = { 'a.txt': 'a', 'b.txt': 'b' };
    const query = '?onConflict=rename';
    const first = await send(server, files, { query });
    expect(await send(server, files, { query })).toEqual(first);
    expect(await namesIn(server)).toEqual(['a.txt', 'b.txt']);
    const withoutKey = await send(server, files, { query, headers: {} });
    expect(withoutKey.body.items.map(({ entry }) => entry?.name)).toEqual(['a (2).txt', 'b (2).txt']);
  });

  test('goes on where the first broke off: what that one stored does not stand in its way', async () => {
    const server = await startTestServer();
    const files = { 'a.txt': 'a'.repeat(1000), 'b.txt': 'b'.repeat(1000), 'c.txt': 'c'.repeat(100_000) };
    const whole = multipart(files);
    const connection = new RawConnection(server.origin);
    connection.send(
      requestHead('POST', '/api/v1/bulk/bob', [
        ...usual(server.origin, server.bob),
        ['Content-Type', contentType],
        ['Content-Length', `${whole.length}`],
        ['Idempotency-Key', key],
      ]),
      whole.slice(0, whole.indexOf('cccc') + 50_000),
    );
    await waitUntil('the first two are stored', async () => (await namesIn(server)).length === 2);
    connection.socket.destroy();

    const { status, body } = await send(server, files);
    expect(status).toBe(200);
    expect(body.items.map(({ path, entry }) => [path, entry?.size])).toEqual([
      ['a.txt', 1000],
      ['b.txt', 1000],
      ['c.txt', 100_000],
    ]);
    expect(await namesIn(server)).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  test('both at once is one request', async () => {
    const server = await startTestServer();
    const once = vi.spyOn(server.services.repeatedRequests, 'once');
    const whole = multipart({ 'a.txt': 'a', 'b.txt': 'b' });
    const cut = whole.indexOf('filename="b.txt"');
    const first = new RawConnection(server.origin).send(
      requestHead('POST', '/api/v1/bulk/bob?onConflict=rename', [
        ...usual(server.origin, server.bob),
        ['Content-Type', contentType],
        ['Content-Length', `${whole.length}`],
        ['Idempotency-Key', key],
      ]),
      whole.slice(0, cut),
    );
    await waitUntil('the first stores', async () => (await namesIn(server)).includes('a.txt'));
    const second = send(server, { 'a.txt': 'a', 'b.txt': 'b' }, { query: '?onConflict=rename' });
    await waitUntil('the second has come', () => once.mock.calls.length === 2);
    first.send(whole.slice(cut));
    const { status, body } = await second;
    expect([status, body.items.map(({ entry }) => entry?.name)]).toEqual([200, ['a.txt', 'b.txt']]);
    expect(await namesIn(server)).toEqual(['a.txt', 'b.txt']);
    first.socket.destroy();
  });

  test('under a key of another request, or one that is none, is refused', async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/in').expect(201);
    await send(server, { 'a.txt': 'a' });
    expect(await send(server, { 'a.txt': 'a' }, { folder: 'bob/in' })).toMatchObject({
      status: 400,
      body: { error: { reason: 'key_reused' } },
    });
    expect(await send(server, { 'a.txt': 'a' }, { headers: { 'Idempotency-Key': 'short' } })).toMatchObject({
      status: 400,
      body: { error: { reason: 'bad_key' } },
    });
  });

  test('is a new one when the key was given longer ago than it is kept', async () => {
    const server = await startTestServer();
    await send(server, { 'a.txt': 'a' });
    server.time.now = new Date(server.time.now.getTime() + 11 * 60_000);
    const { body } = await send(server, { 'a.txt': 'a' });
    expect(body.items[0]?.error?.reason).toBe('exists');
  });
});

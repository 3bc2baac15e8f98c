import { afterEach, describe, expect, test, vi } from 'vitest';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

afterEach(() => vi.useRealTimers());

const minute = 60_000;

/** A PUT of a megabyte of which nothing has come yet, to a server whose minutes the test lets pass. */
async function beginPut(server: TestServer) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const connection = new RawConnection(server.origin);
  connection.send(
    requestHead('PUT', '/api/v1/content/bob/slow.bin', [
      ...usual(server.origin, server.bob),
      ['Content-Length', '1000000'],
      ['Expect', '100-continue'],
    ]),
  );
  await connection.until('100 Continue');
  return connection;
}

describe('a body that comes slowly', () => {
  test('below the least rate is ended after a minute, with a word, and stores nothing', async () => {
    const server = await startTestServer({ DREY_MIN_UPLOAD_RATE: '1k' });
    const connection = await beginPut(server);
    connection.send('x'.repeat(100));
    vi.advanceTimersByTime(minute);
    await connection.until('too_slow');
    await connection.closed();
    expect(connection.statuses).toEqual([100, 503]);
    await server.as(server.bob).get('/api/v1/entries/bob/slow.bin').expect(404);
  });

  test('above it goes on for as long as it takes, and longer than any limit on a whole request (UP-15)', async () => {
    const server = await startTestServer({ DREY_MIN_UPLOAD_RATE: '1k' });
    const connection = await beginPut(server);
    const received = () => waitUntil('the server has read it', () => connection.socket.writableLength === 0);
    for (let sent = 0; sent < 1_000_000; sent += 100_000) {
      connection.send('x'.repeat(100_000));
      await received();
      // What has left here has arrived there when another request is answered.
      await server.as(server.bob).get('/api/v1/session').expect(200);
      vi.advanceTimersByTime(minute);
    }
    await connection.until('"slow.bin"');
    expect(connection.statuses).toEqual([100, 201]);
  });
});

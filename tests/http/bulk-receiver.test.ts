import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { receiveBulk, type WholeBulkFile } from '../../server/http/bulk-receiver.ts';

const fileBytes = 4096;
const count = 900;

test('no more of a request is read than a disk that hangs leaves room for', async () => {
  let waiting = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const storeMany = async (files: readonly WholeBulkFile[]): Promise<string[]> => {
    most = Math.max(most, (waiting += files.length));
    await new Promise<void>((resolve) => held.push(resolve));
    waiting -= files.length;
    return files.map(({ path }) => path);
  };
  const store = (): Promise<never> => Promise.reject(new Error('None is stored alone.'));
  const server = createServer((request, response) => {
    void receiveBulk(request as Request, response as Response, { store, storeMany, maxBytes: Infinity }).then(
      (outcomes) => response.end(JSON.stringify(outcomes)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  const boundary = 'a-boundary';
  const manifest = Array.from({ length: count }, (_, index) => ({ path: `${index}`, size: fileBytes }));
  const part = (head: string, body: string | Buffer) => [
    Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(body),
  ];
  const request = send({
    port: (server.address() as AddressInfo).port,
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  });
  request.end(
    Buffer.concat([
      ...part('name="manifest"', JSON.stringify(manifest)),
      ...manifest.flatMap(() => part('name="file"; filename="file"', Buffer.alloc(fileBytes))),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  );
  let isAnswered = false;
  const answered = once(request, 'response').then(([response]) => {
    isAnswered = true;
    return response as NodeJS.ReadableStream;
  });
  let turns = 0;
  while (!isAnswered) {
    await nextTurn();
    // The disk answers only after many turns in which nothing new came.
    if (held.length > 0 && (turns += 1) % 200 === 0) for (const release of held.splice(0)) release();
  }
  const text = (await Array.fromAsync(await answered)).join('');
  expect(JSON.parse(text)).toEqual(manifest.map(({ path }) => ({ path, stored: path })));
  expect(most).toBeLessThan(count / 3);
  server.close();
});

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { decodeText, maxTextBytes, readTextHead } from '../../src/lib/features/preview/text-head.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const { signal } = new AbortController();

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a character that was cut in two at the end is left out', () => {
  expect(decodeText(bytes('naïve').subarray(0, 3), false)).toBe('na');
});

test('the end of a whole file that breaks off inside a character shows that something is wrong there', () => {
  expect(decodeText(bytes('naïve').subarray(0, 3), true)).toBe('na\ufffd');
});

test('a byte order mark tells UTF-16, in both orders', () => {
  expect(decodeText(new Uint8Array([0xff, 0xfe, 0x68, 0, 0x69, 0]), true)).toBe('hi');
  expect(decodeText(new Uint8Array([0xfe, 0xff, 0, 0x68, 0, 0x69]), true)).toBe('hi');
});

test('a NUL byte means that it is not text', () => {
  expect(decodeText(new Uint8Array([0x68, 0, 0x69]), true)).toBeUndefined();
});

test('only the beginning of a long file is asked for', async () => {
  let range: string | undefined;
  const src = await serve((request, response) => {
    range = request.headers.range;
    response.writeHead(206).end('a'.repeat(maxTextBytes));
  });
  const head = await readTextHead(src, 10_000_000, signal);
  expect(range).toBe(`bytes=0-${maxTextBytes - 1}`);
  expect(head).toEqual({ text: 'a'.repeat(maxTextBytes), isWhole: false });
});

test('a server that sends everything is not read to the end', async () => {
  const src = await serve((_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('b'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const head = await readTextHead(src, 10_000_000_000, signal);
  expect(head?.text.length).toBe(maxTextBytes);
});

test('an empty file is not asked for at all', async () => {
  expect(await readTextHead('http://127.0.0.1:1/', 0, signal)).toEqual({ text: '', isWhole: true });
});

test('a refusal is thrown', async () => {
  const src = await serve((_request, response) => response.writeHead(404).end());
  await expect(readTextHead(src, 5, signal)).rejects.toThrow('404');
});

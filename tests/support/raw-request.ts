import { request, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type RawOptions = {
  headers?: Record<string, string | string[]>;
  /** Sent as it is; an object is sent as JSON. */
  body?: string | Buffer | object;
};

export type RawReply = { status: number; headers: IncomingHttpHeaders; bytes: Buffer; text: string };

/**
 * Sends a request whose target is exactly `target`: unlike `fetch` and supertest, nothing here resolves `..`, doubles an
 * escape or drops a slash on the way.
 */
export async function sendRaw(
  origin: string,
  method: string,
  target: string,
  { headers = {}, body }: RawOptions = {},
): Promise<RawReply> {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  const payload = isJson ? JSON.stringify(body) : body;
  const { hostname, port } = new URL(origin);
  const sent = request({
    hostname,
    port,
    method,
    path: target,
    headers: {
      ...(isJson && { 'Content-Type': 'application/json' }),
      ...(payload !== undefined && { 'Content-Length': String(Buffer.byteLength(payload)) }),
      ...headers,
    },
  });
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end(payload);
  });
  const bytes = await buffer(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text: bytes.toString('utf8'),
  };
}

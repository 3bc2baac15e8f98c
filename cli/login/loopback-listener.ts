import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../server/contract/app-error.ts';

/** Where the browser brings the answer: a port of this machine, open until the answer has come or it is closed. */
export type LoopbackListener = { port: number; code: Promise<string>; close: () => void };

const page = (text: string) =>
  `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>drey</title><body style="font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;text-align:center"><p>${text}</p>`;

/** Listens on loopback for the one request that carries `state`; others are refused and change nothing. */
export async function listenOnLoopback(state: string): Promise<LoopbackListener> {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  // Nobody may be waiting yet when it is refused.
  code.catch(() => {});
  const server = createServer((request, response) => {
    const answer = readAnswer(request, state, (server.address() as AddressInfo | null)?.port);
    if (!answer) return say(response, 400, 'This is not the answer that drey waits for.');
    if (answer.code === undefined) {
      say(response, 200, 'Nothing was allowed. You can close this window.');
      reject(new AppError('forbidden', 'It was not allowed in the browser.', { reason: 'not_allowed' }));
    } else {
      say(response, 200, '<b>You are signed in.</b><br>Close this window and go back to the terminal.');
      resolve(answer.code);
    }
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    code,
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function readAnswer(
  { method, url = '', headers }: IncomingMessage,
  state: string,
  port: number | undefined,
): { code: string | undefined } | undefined {
  // Another name for this machine would be a page of somebody else's (DNS rebinding).
  if (method !== 'GET' || headers.host !== `127.0.0.1:${port}`) return undefined;
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  if (pathname !== '/' || !isSame(searchParams.get('state') ?? '', state)) return undefined;
  const code = searchParams.get('code');
  if (code === null && !searchParams.has('error')) return undefined;
  return { code: code ?? undefined };
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function say(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
      Connection: 'close',
    })
    .end(page(text));
}

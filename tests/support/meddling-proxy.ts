import { once } from 'node:events';
import { createServer, request as ask, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** Asked for each request, such as `GET /api/v1/session`: answers what the client gets, undefined to break its line. */
export type Meddler = (asked: string, pass: () => Promise<Answer>) => Promise<Answer | undefined>;

/** Stands between client and server, notes what is asked, and changes or loses what is answered. */
export async function openMeddlingProxy(
  origin: string,
  meddle: Meddler = (_asked, pass) => pass(),
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    asked.push(line);
    const answering = buffer(request).then((body) => meddle(line, () => passOn(origin, request, body)));
    answering.then(
      (answer) => {
        if (!answer) return void request.socket.destroy();
        response.writeHead(answer.status, answer.headers).end(answer.body);
      },
      () => request.socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function passOn(
  origin: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const request = ask(new URL(url ?? '', origin), { method, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

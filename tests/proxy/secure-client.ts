import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };
type Asking = { headers?: Record<string, string>; body?: Uint8Array };

/** Asks through TLS with a certificate that nobody has signed. */
export class SecureClient {
  readonly #origin: string;
  readonly #headers: Record<string, string>;
  readonly #agent: Agent;

  /** `localAddress`: the loopback address to come from. */
  constructor(origin: string, headers: Record<string, string> = {}, localAddress = '127.0.0.1') {
    this.#origin = origin;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, rejectUnauthorized: false, localAddress });
  }

  ask(method: string, path: string, { headers, body }: Asking = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.#origin), {
        ...this.#options(method, headers),
        ...(body && { headers: { ...this.#headers, ...headers, 'Content-Length': String(body.length) } }),
      });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        buffer(incoming).then(
          (bytes) => resolve({ status: incoming.statusCode!, headers: incoming.headers, body: bytes }),
          reject,
        );
      });
      outgoing.end(body);
    });
  }

  /** Sends the beginning of a body and cuts the connection once `hasArrived`. */
  async breakOff(
    method: string,
    path: string,
    { headers, body }: Required<Asking>,
    length: number,
    hasArrived: () => Promise<void>,
  ): Promise<void> {
    const outgoing = request(new URL(path, this.#origin), {
      ...this.#options(method, { ...headers, 'Content-Length': String(length) }),
      agent: new Agent({ rejectUnauthorized: false }),
    });
    outgoing.on('error', () => {});
    outgoing.write(body);
    await hasArrived();
    outgoing.destroy();
  }

  close(): void {
    this.#agent.destroy();
  }

  #options(method: string, headers: Record<string, string> = {}): RequestOptions {
    return { method, agent: this.#agent, headers: { ...this.#headers, ...headers } };
  }
}

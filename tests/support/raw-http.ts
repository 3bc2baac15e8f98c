import { connect, type Socket } from 'node:net';
import type { TestUser } from './test-server.ts';

export type RawAnswer = { status: number; head: string; body: Buffer };

/** A connection on which a test writes what it likes, down to the byte. */
export class RawConnection {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  isClosed = false;

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    this.socket.on('data', (chunk) => (this.received = Buffer.concat([this.received, chunk])));
    this.socket.on('error', () => {});
    this.socket.once('close', () => (this.isClosed = true));
    // The server ends its side: so does the test, unless it has done so already.
    this.socket.once('end', () => this.socket.end());
  }

  send(...parts: (string | Uint8Array)[]): this {
    for (const part of parts) this.socket.write(part);
    return this;
  }

  /** Waits until what was received holds `text`. */
  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      if (this.isClosed) throw new Error(`closed before "${text}": ${this.received.toString('latin1')}`);
      await new Promise<void>((resolve) => {
        this.socket.once('data', () => resolve());
        this.socket.once('close', () => resolve());
      });
    }
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
  }

  /** The statuses of all answers so far, 100 included. */
  get statuses(): number[] {
    return [...this.received.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) =>
      Number(match[1]),
    );
  }
}

/** The first lines of a request, up to and with the empty one. */
export function requestHead(method: string, path: string, headers: [string, string][]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Host and Authorization, as every raw request needs them. */
export function usual(origin: string, user?: TestUser): [string, string][] {
  const headers: [string, string][] = [['Host', new URL(origin).host]];
  if (user) headers.push(['Authorization', `Bearer ${user.token}`]);
  return headers;
}

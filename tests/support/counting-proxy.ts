import { EventEmitter, once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between client and server, counts what travels, and can hold or cut the line. */
export class CountingProxy {
  url = '';
  /** Bytes from the client to the server, and back. */
  sent = 0;
  received = 0;
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #events = new EventEmitter();
  #holdAt = Infinity;
  #cutEvery = Infinity;
  #refuses = false;
  #spoilAt = Infinity;
  #origin: URL;

  constructor(origin: string) {
    this.#origin = new URL(origin);
  }

  async open(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    onTestFinished(() => {
      this.cut();
      server.close();
    });
  }

  /** Lets so many bytes pass, both ways together, then none; resolves when that is reached. */
  async holdAfter(bytes: number): Promise<void> {
    this.#holdAt = this.sent + this.received + bytes;
    await once(this.#events, 'held');
  }

  /** Breaks each connection when so many bytes have passed through it. */
  cutEvery(bytes: number): void {
    this.#cutEvery = bytes;
  }

  /** Changes one bit of what passes, when so many bytes have passed, both ways together. Once. */
  spoilAfter(bytes: number): void {
    this.#spoilAt = this.sent + this.received + bytes;
  }

  /** Breaks all connections; from now on lets none in, or again all. */
  cut({ refuses = false } = {}): void {
    this.#refuses = refuses;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on leads to another server. */
  leadTo(origin: string): void {
    this.#origin = new URL(origin);
  }

  /** Begins to count anew, and holds nothing back. */
  reset(): void {
    this.cut();
    [this.sent, this.received, this.connections] = [0, 0, 0];
    [this.#holdAt, this.#cutEvery] = [Infinity, Infinity];
  }

  #join(client: Socket): void {
    if (this.#refuses) {
      client.destroy();
      return;
    }
    this.connections += 1;
    const server = connect(Number(this.#origin.port), this.#origin.hostname);
    let passed = 0;
    const pass = (from: Socket, to: Socket, count: (bytes: number) => void) => {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk: Buffer) => {
        count(chunk.length);
        if (this.sent + this.received >= this.#spoilAt) {
          chunk[chunk.length - 1]! ^= 1;
          this.#spoilAt = Infinity;
        }
        passed += chunk.length;
        if (passed >= this.#cutEvery) {
          client.destroy();
          server.destroy();
          return;
        }
        const isHeld = this.sent + this.received >= this.#holdAt;
        if (!to.write(chunk) || isHeld) from.pause();
        if (isHeld) this.#events.emit('held');
      });
      to.on('drain', () => {
        if (this.sent + this.received < this.#holdAt) from.resume();
      });
    };
    pass(client, server, (bytes) => (this.sent += bytes));
    pass(server, client, (bytes) => (this.received += bytes));
  }
}

export async function openProxy(origin: string): Promise<CountingProxy> {
  const proxy = new CountingProxy(origin);
  await proxy.open();
  return proxy;
}

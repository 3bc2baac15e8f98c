import { Worker } from 'node:worker_threads';
import type { DigestOrder, DigestReply } from './digest-program.ts';

const program = new URL(
  import.meta.url.endsWith('.ts') ? './digest-program.ts' : './digest-program.js',
  import.meta.url,
);
/** An order for less than this is not worth the message. */
const stepBytes = 8 * 1024 * 1024;

/**
 * Computes the SHA-256 of files on this machine in a thread of its own, from what the system still has in memory, while
 * this one moves their bytes. The thread begins with the first file.
 */
export class DigestThread {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();

  /** Begins with a file, of which `advance` says how far its bytes are final. */
  begin(path: string): FileDigest {
    return new FileDigest(this, this.#nextId++, path);
  }

  order(order: DigestOrder): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(order);
  }

  whole(order: DigestOrder): Promise<string> {
    const waiting = Promise.withResolvers<string>();
    this.#waiting.set(order.id, waiting);
    this.order({ ...order, isWhole: true });
    return waiting.promise;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(program);
    worker.unref();
    worker.on('message', ({ id, sha256, error }: DigestReply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (sha256 === undefined) waiting?.reject(error);
      else waiting?.resolve(sha256);
    });
    worker.on('error', (error) => {
      for (const waiting of this.#waiting.values()) waiting.reject(error);
    });
    return worker;
  }
}

export class FileDigest {
  readonly #thread: DigestThread;
  readonly #id: number;
  readonly #path: string;
  #upTo = 0;
  #whole: Promise<string> | undefined;

  constructor(thread: DigestThread, id: number, path: string) {
    this.#thread = thread;
    this.#id = id;
    this.#path = path;
  }

  /** The first `bytes` bytes will not change any more. */
  advance(bytes: number): void {
    if (bytes - this.#upTo < stepBytes) return;
    this.#upTo = bytes;
    this.#thread.order({ id: this.#id, path: this.#path, upTo: bytes });
  }

  /** The SHA-256, in hexadecimal, of all `size` bytes. */
  whole(size: number): Promise<string> {
    this.#whole ??= this.#thread.whole({ id: this.#id, path: this.#path, upTo: size });
    return this.#whole;
  }

  /** Nobody wants it any more. */
  drop(): void {
    if (this.#upTo > 0 && !this.#whole) this.#thread.order({ id: this.#id, path: this.#path });
  }
}

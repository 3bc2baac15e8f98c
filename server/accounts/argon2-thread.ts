import type { Argon2Parameters } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Argon2Order, Argon2Reply } from './argon2-program.ts';

const program = new URL(
  import.meta.url.endsWith('.ts') ? './argon2-program.ts' : './argon2-program.js',
  import.meta.url,
);
const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

/**
 * Argon2id, one password after the other in a thread of its own. The system's allocator keeps what a hash took, 19 MiB,
 * for the thread that took it: in those for files, of which there are many, it would come to hundreds of megabytes.
 */
export class Argon2Thread {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, PromiseWithResolvers<Buffer>>();

  derive(parameters: Argon2Parameters): Promise<Buffer> {
    this.#worker ??= this.#start();
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Buffer>();
    this.#waiting.set(id, waiting);
    // The process stays until it has its answer, and no longer.
    this.#worker.ref();
    this.#worker.postMessage({ id, parameters } satisfies Argon2Order);
    return waiting.promise;
  }

  #start(): Worker {
    const worker = new Worker(program, { execArgv: [], resourceLimits });
    worker.on('message', ({ id, key, error }: Argon2Reply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
      if (key) waiting?.resolve(Buffer.from(key));
      else waiting?.reject(error);
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
    });
    return worker;
  }
}

import type { Argon2Parameters } from 'node:crypto';
import { WorkerThread } from '../base/worker-thread.ts';

/**
 * Argon2id, one password after the other in a thread of its own. The system's allocator keeps what a hash took, 19 MiB,
 * for the thread that took it: in those for files, of which there are many, it would come to hundreds of megabytes.
 */
export class Argon2Thread {
  readonly #thread = new WorkerThread<Argon2Parameters, Uint8Array>({
    beside: import.meta.url,
    program: 'argon2-program',
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
  });

  async derive(parameters: Argon2Parameters): Promise<Buffer> {
    return Buffer.from(await this.#thread.ask(parameters));
  }
}

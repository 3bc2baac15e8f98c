import { AppError } from '../contract/app-error.ts';

/**
 * Lets at most `limit` holders in at once; the others wait in line, at most `maxWaiting` of them: who comes later is told
 * to come back (`rate_limited`).
 */
export class Semaphore {
  #free: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number, maxWaiting = Infinity) {
    this.#free = limit;
    this.#maxWaiting = maxWaiting;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  async acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new AppError('rate_limited', 'Too much is going on at this moment. Try again in a few seconds.');
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    // A slot is handed straight to who waits longest, so that nobody overtakes.
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}

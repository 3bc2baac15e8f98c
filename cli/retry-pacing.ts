import { setTimeout as delay } from 'node:timers/promises';

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/** The pauses between the tries of one thing: growing, jittered, and over when the patience is used up. */
export class RetryPacing {
  readonly #patienceMs: number;
  readonly #signal: AbortSignal;
  #tries = 0;
  #since: number | undefined;

  constructor(patienceMs: number, signal: AbortSignal) {
    this.#patienceMs = patienceMs;
    this.#signal = signal;
  }

  /** Something went well: the patience is whole again. */
  reset(): void {
    this.#tries = 0;
    this.#since = undefined;
  }

  /** Waits a while, or throws `error` when that was the last try. A server that says how long to wait is heard. */
  async waitAfter(error: unknown): Promise<void> {
    const now = performance.now();
    this.#since ??= now;
    const asked = ((error as Error).cause as { retryAfterMs?: number } | undefined)?.retryAfterMs;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#tries) * (0.5 + Math.random() / 2);
    const wait = asked ?? pause;
    if (now + wait - this.#since > this.#patienceMs) throw error;
    this.#tries += 1;
    try {
      await delay(wait, undefined, { signal: this.#signal });
    } catch {
      throw this.#signal.reason as Error;
    }
  }
}

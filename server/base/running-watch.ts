import type { Logger } from './logger.ts';

type Running<T> = { subject: T; cut: () => void; index: number };

/** At most so long, and as long again to notice, goes on what runs for someone whose right has ended. */
const checkEveryMs = 2000;

type Options<T> = {
  /** Subjects of one key stand and fall together, and are asked about once. */
  keyOf: (subject: T) => string;
  stillHolds: (subject: T) => Promise<boolean>;
  log: Logger;
};

/**
 * What runs at this moment in this process on someone's behalf. While anything does, they are looked at again and again,
 * so that what ends their right, wherever that is done, ends what runs.
 */
export class RunningWatch<T> {
  readonly #options: Options<T>;
  /**
   * In no order: what ends leaves its place to the last. A `Set` that thousands enter and leave in a second makes itself
   * anew all the time, and its former tables keep what was in them from being collected while it is young.
   */
  readonly #running: Running<T>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options<T>) {
    this.#options = options;
  }

  /** Has `cut` called when the subject no longer holds, until the answer is called. */
  watch(subject: T, cut: () => void): () => void {
    const running = { subject, cut, index: this.#running.length };
    this.#running.push(running);
    this.#timer ??= setInterval(() => void this.#check(), checkEveryMs).unref();
    return () => this.#leave(running);
  }

  #leave(running: Running<T>): void {
    if (this.#running[running.index] !== running) return;
    const last = this.#running.pop()!;
    if (last === running) return;
    last.index = running.index;
    this.#running[last.index] = last;
  }

  async #check(): Promise<void> {
    if (this.#running.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const { keyOf, stillHolds, log } = this.#options;
    for (const [key, group] of Map.groupBy(this.#running, ({ subject }) => keyOf(subject))) {
      const [{ subject }] = group as [Running<T>];
      try {
        if (await stillHolds(subject)) continue;
        log.info({ of: key, requests: group.length }, 'what ran for someone who may no longer was cut');
        for (const { cut } of group) cut();
      } catch (error) {
        log.error({ error, of: key }, 'who runs something could not be looked at again');
      }
    }
  }
}

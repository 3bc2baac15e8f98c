import type { Logger } from './logger.ts';

type Running<T> = { subject: T; cut: () => void };

type Options<T> = {
  /** Subjects of one key stand and fall together, and are asked about once. */
  keyOf: (subject: T) => string;
  stillHolds: (subject: T) => Promise<boolean>;
  everyMs: number;
  log: Logger;
};

/**
 * What runs at this moment in this process on someone's behalf. While anything does, they are looked at again and again,
 * so that what ends their right, wherever that is done, ends what runs.
 */
export class RunningWatch<T> {
  readonly #options: Options<T>;
  readonly #running = new Set<Running<T>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options<T>) {
    this.#options = options;
  }

  /** Has `cut` called when the subject no longer holds, until the answer is called. */
  watch(subject: T, cut: () => void): () => void {
    const running = { subject, cut };
    this.#running.add(running);
    this.#timer ??= setInterval(() => void this.#check(), this.#options.everyMs).unref();
    return () => void this.#running.delete(running);
  }

  async #check(): Promise<void> {
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const { keyOf, stillHolds, log } = this.#options;
    for (const group of Map.groupBy(this.#running, ({ subject }) => keyOf(subject)).values()) {
      const [{ subject }] = group as [Running<T>];
      try {
        if (await stillHolds(subject)) continue;
        log.info({ requests: group.length }, 'what ran for someone who may no longer was cut');
        for (const { cut } of group) cut();
      } catch (error) {
        log.error({ error }, 'who runs something could not be looked at again');
      }
    }
  }
}

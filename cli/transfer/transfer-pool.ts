import { hasCode } from '../../server/contract/app-error.ts';
import { Interrupted } from '../exit-code.ts';

/**
 * Whether an error is no single file's, so that to go on with the next one makes no sense: the connection is gone, the
 * disk is full, the person is no longer signed in or has asked to stop.
 */
export function endsAll(error: unknown): boolean {
  if (error instanceof Interrupted) return true;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return true;
  return hasCode(error, 'unauthenticated', 'unavailable', 'out_of_space', 'rate_limited', 'locked');
}

/** Runs a few tasks at once. The first that throws aborts the whole run, and is thrown again. */
export class TransferPool {
  readonly #limit: number;
  readonly #abort: AbortController;
  readonly #running = new Set<Promise<void>>();
  #error: { cause: unknown } | undefined;

  constructor(limit: number, abort: AbortController) {
    this.#limit = limit;
    this.#abort = abort;
  }

  /** Begins a task as soon as there is room for it. */
  async run(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
    this.#throwIfFailed();
    const running = task()
      .catch((cause: unknown) => {
        this.#error ??= { cause };
        this.#abort.abort(cause);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (this.#error) throw this.#error.cause;
  }
}

/** Waits for all of them, also where one has failed: only then is what was under way settled. */
export async function drainAll(...pools: TransferPool[]): Promise<void> {
  const results = await Promise.allSettled(pools.map((pool) => pool.drain()));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

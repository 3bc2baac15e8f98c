import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Db } from '../database/connection.ts';

/** What a first sending of the same request has done, by path; and where this one notes what it does. */
export type RequestMemory<T> = { earlier: ReadonlyMap<string, T>; note(path: string, done: T): void };

export type RepeatableRequest = {
  userId: string;
  /** Chosen by the client, the same whenever it sends the same request; without one, nothing is remembered. */
  key: string | undefined;
  /** What the request is about: a key is good for one. */
  target: string;
};

type Kept<T, Answer> = { done: [string, T][]; answer?: Answer };

const keptMs = 10 * 60_000;

/**
 * Answers a request that comes twice as it was answered the first time. Browsers send one again by themselves when the
 * connection dies before the answer; what the first has stored would otherwise stand in the way of the second.
 */
export class RepeatedRequests {
  readonly #db: Db;
  readonly #clock: Clock;
  /** Tells rows of this process from those of one that died: there is one at a time. */
  readonly #owner = createIdentifier();
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * Does the work unless it was done before; of one that broke off, the rest. Throws `invalid`, reason `key_reused`, for a key
   * of another request.
   */
  async once<T, Answer>(
    request: RepeatableRequest,
    work: (memory: RequestMemory<T> | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const { userId, key } = request;
    if (key === undefined) return work(undefined);
    const id = JSON.stringify([userId, key]);
    for (let first = this.#running.get(id); first; first = this.#running.get(id)) await first.catch(() => {});
    const running = this.#once({ ...request, key }, work).finally(() => this.#running.delete(id));
    this.#running.set(id, running);
    return running;
  }

  async sweep(): Promise<void> {
    const before = this.#clock().getTime() - keptMs;
    await this.#db.deleteFrom('idempotent_requests').where('created_at', '<', before).execute();
  }

  async #once<T, Answer>(
    request: RepeatableRequest & { key: string },
    work: (memory: RequestMemory<T>) => Promise<Answer>,
  ): Promise<Answer> {
    const kept = await this.#begin<T, Answer>(request);
    if (kept.answer !== undefined) return kept.answer;
    const done = new Map(kept.done);
    let answer: Answer | undefined;
    try {
      answer = await work({ earlier: new Map(kept.done), note: (path, result) => done.set(path, result) });
      return answer;
    } finally {
      await this.#keep(request, { done: [...done], ...(answer !== undefined && { answer }) });
    }
  }

  async #begin<T, Answer>({
    userId,
    key,
    target,
  }: RepeatableRequest & { key: string }): Promise<Kept<T, Answer>> {
    const now = this.#clock().getTime();
    const known = await this.#db
      .selectFrom('idempotent_requests')
      .select(['target', 'results'])
      .where('user_id', '=', userId)
      .where('key', '=', key)
      .where('created_at', '>=', now - keptMs)
      .executeTakeFirst();
    if (known && known.target !== target) {
      throw new AppError(
        'invalid',
        'This Idempotency-Key was that of another request. Choose a new one for each.',
        {
          reason: 'key_reused',
        },
      );
    }
    if (known) return known.results === null ? { done: [] } : (JSON.parse(known.results) as Kept<T, Answer>);
    await this.#db
      .insertInto('idempotent_requests')
      .values({
        user_id: userId,
        key,
        target,
        results: null,
        is_complete: 0,
        owner: this.#owner,
        created_at: now,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['user_id', 'key'])
          .doUpdateSet({ target, results: null, is_complete: 0, owner: this.#owner, created_at: now }),
      )
      .execute();
    return { done: [] };
  }

  async #keep(
    { userId, key }: RepeatableRequest & { key: string },
    kept: Kept<unknown, unknown>,
  ): Promise<void> {
    await this.#db
      .updateTable('idempotent_requests')
      .set({ results: JSON.stringify(kept), is_complete: kept.answer === undefined ? 0 : 1 })
      .where('user_id', '=', userId)
      .where('key', '=', key)
      .execute();
  }
}

import { sql } from 'kysely';
import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Db } from '../database/connection.ts';

/** How many attempts one name may make in a window. */
export type AttemptLimit = { name: string; max: number };

const windowMs = 15 * 60_000;

/** Counts attempts in the database, so that a restart forgets nothing and several processes count together. */
export class AttemptLimiter {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Charges one attempt to each name, before any work is done; throws `rate_limited` when one has none left. */
  async charge(limits: readonly AttemptLimit[]): Promise<void> {
    const now = this.#clock().getTime();
    let waitMs = 0;
    for (const { name, max } of limits) {
      const row = await this.#db
        .insertInto('attempts')
        .values({ name, count: 1, resets_at: now + windowMs })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({
            count: sql`CASE WHEN attempts.resets_at <= ${now} THEN 1 ELSE attempts.count + 1 END`,
            resets_at: sql`CASE WHEN attempts.resets_at <= ${now} THEN excluded.resets_at ELSE attempts.resets_at END`,
          }),
        )
        .returning(['count', 'resets_at'])
        .executeTakeFirstOrThrow();
      if (row.count > max) waitMs = Math.max(waitMs, row.resets_at - now);
    }
    if (waitMs > 0) {
      const minutes = Math.ceil(waitMs / 60_000);
      throw new AppError(
        'rate_limited',
        `Too many attempts. Try again in ${minutes} minute${minutes === 1 ? '' : 's'}.`,
        { retryAfter: Math.ceil(waitMs / 1000) },
      );
    }
  }

  /** Gives back the attempt of someone who proved to be who they said. */
  async refund(limits: readonly AttemptLimit[]): Promise<void> {
    await this.#db
      .updateTable('attempts')
      .set({ count: sql`count - 1` })
      .where(
        'name',
        'in',
        limits.map((limit) => limit.name),
      )
      .where('count', '>', 0)
      .execute();
  }

  async sweep(): Promise<void> {
    await this.#db.deleteFrom('attempts').where('resets_at', '<=', this.#clock().getTime()).execute();
  }
}

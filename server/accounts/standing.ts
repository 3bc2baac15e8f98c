import type { Clock } from '../base/clock.ts';
import type { Db } from '../database/connection.ts';
import type { SignedInUser } from '../access/actor.ts';

/** Whether the session or the token that someone came with is still good, and they are not disabled. */
export class Standing {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async holds({ via: { kind, id } }: SignedInUser): Promise<boolean> {
    const table = kind === 'session' ? 'sessions' : 'api_tokens';
    const row = await this.#db
      .selectFrom(table)
      .innerJoin('users', 'users.id', `${table}.user_id`)
      .select([`${table}.expires_at`, 'users.is_disabled'])
      .where(`${table}.id`, '=', id)
      .executeTakeFirst();
    if (!row || row.is_disabled) return false;
    return row.expires_at === null || row.expires_at > this.#clock().getTime();
  }
}

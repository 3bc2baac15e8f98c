import type { Db, DbOrTx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type SessionRow = Database['sessions'];

export class SessionsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The session with its user, if the secret is that of one. */
  findBySecretHash(secretHash: string) {
    return this.#db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(['sessions.id', 'sessions.user_id', 'sessions.last_seen_at', 'sessions.expires_at'])
      .select(['users.name', 'users.is_admin', 'users.is_disabled'])
      .where('secret_hash', '=', secretHash)
      .executeTakeFirst();
  }

  listOf(userId: string, now: number): Promise<SessionRow[]> {
    return this.#db
      .selectFrom('sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('expires_at', '>', now)
      .orderBy('last_seen_at', 'desc')
      .execute();
  }

  async create(db: DbOrTx, row: SessionRow): Promise<void> {
    await db.insertInto('sessions').values(row).execute();
  }

  async touch(db: DbOrTx, id: string, lastSeenAt: number, expiresAt: number): Promise<void> {
    await db
      .updateTable('sessions')
      .set({ last_seen_at: lastSeenAt, expires_at: expiresAt })
      .where('id', '=', id)
      .execute();
  }

  async remove(db: DbOrTx, userId: string, id: string): Promise<boolean> {
    const result = await db
      .deleteFrom('sessions')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  /** And what somebody approved in one of them that was not yet redeemed. */
  async removeAllOf(db: DbOrTx, userId: string, exceptId?: string): Promise<void> {
    let query = db.deleteFrom('sessions').where('user_id', '=', userId);
    if (exceptId !== undefined) query = query.where('id', '!=', exceptId);
    await query.execute();
    await db.deleteFrom('client_approvals').where('user_id', '=', userId).execute();
  }

  async removeExpired(now: number): Promise<void> {
    await this.#db.deleteFrom('sessions').where('expires_at', '<=', now).execute();
  }
}

import { createIdentifier } from '../base/identifier.ts';
import type { Db, DbOrTx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type IdentityRow = Database['identities'];
export type AttemptRow = Database['sign_in_attempts'];

/** Who people are at a provider, and the sign-ins that are under way there. */
export class IdentitiesRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  find(issuer: string, subject: string): Promise<IdentityRow | undefined> {
    return this.#db
      .selectFrom('identities')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst();
  }

  listOf(userId: string): Promise<IdentityRow[]> {
    return this.#db
      .selectFrom('identities')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at')
      .execute();
  }

  async create(db: DbOrTx, row: Omit<IdentityRow, 'id'>): Promise<void> {
    await db
      .insertInto('identities')
      .values({ id: createIdentifier(), ...row })
      .execute();
  }

  async remove(db: DbOrTx, userId: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('identities')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async createAttempt(row: AttemptRow): Promise<void> {
    await this.#db.insertInto('sign_in_attempts').values(row).execute();
  }

  /** Takes an attempt out, so that it is used once. */
  takeAttempt(secretHash: string): Promise<AttemptRow | undefined> {
    return this.#db
      .deleteFrom('sign_in_attempts')
      .where('secret_hash', '=', secretHash)
      .returningAll()
      .executeTakeFirst();
  }

  async removeAttemptsBefore(time: number): Promise<void> {
    await this.#db.deleteFrom('sign_in_attempts').where('expires_at', '<=', time).execute();
  }
}

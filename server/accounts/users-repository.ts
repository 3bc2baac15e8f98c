import type { Db, DbOrTx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type UserRow = Database['users'];

/** In `quota_bytes`: none, whatever the settings say. */
export const noQuota = -1;

export class UsersRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  findByName(name: string): Promise<UserRow | undefined> {
    return this.#db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
  }

  findByIds(ids: readonly string[]): Promise<UserRow[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db.selectFrom('users').selectAll().where('id', 'in', ids).execute();
  }

  list(): Promise<UserRow[]> {
    return this.#db.selectFrom('users').selectAll().orderBy('name').execute();
  }

  async isEmpty(db: DbOrTx = this.#db): Promise<boolean> {
    return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) === undefined;
  }

  async create(db: DbOrTx, row: UserRow): Promise<void> {
    await db.insertInto('users').values(row).execute();
  }

  async update(db: DbOrTx, id: string, change: Partial<Omit<UserRow, 'id' | 'name'>>): Promise<void> {
    await db.updateTable('users').set(change).where('id', '=', id).execute();
  }

  /** What the home holds is counted anew, if it has a quota. */
  async forgetUsage(db: DbOrTx, name: string): Promise<void> {
    await db.deleteFrom('root_usage').where('root', '=', name).execute();
  }

  async countActiveAdmins(db: DbOrTx = this.#db): Promise<number> {
    const row = await db
      .selectFrom('users')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('is_admin', '=', 1)
      .where('is_disabled', '=', 0)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  /** Sessions, API tokens, links and uploads go with the row. */
  async remove(db: DbOrTx, id: string): Promise<void> {
    await db.deleteFrom('users').where('id', '=', id).execute();
  }
}

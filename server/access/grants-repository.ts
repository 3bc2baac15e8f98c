import { sql } from 'kysely';
import { isBelow, isWithin, rebased } from '../database/path-query.ts';
import type { Db, DbOrTx, Tx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';
import { lineageOf, type EntryPath } from '../contract/path.ts';
import type { Rule } from './access-rules.ts';

export type GrantRow = Database['grants'];

export const publicGrantee = 'public';

export function userGrantee(userId: string): string {
  return `user:${userId}`;
}

export function groupGrantee(groupId: string): string {
  return `group:${groupId}`;
}

export class GrantsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The grants to a user, by name, by group or as one of all, that bear on `path`: on it, above it, or below it. */
  rulesAround(userId: string, path: EntryPath): Promise<Rule[]> {
    return this.#rulesTo(userId)
      .where((eb) => eb.or([eb('path', 'in', lineageOf(path)), isBelow<'grants'>(path)(eb)]))
      .execute();
  }

  /** All grants to a user, by name, by group or as one of all. */
  rulesOf(userId: string): Promise<GrantRow[]> {
    return this.#rulesTo(userId).selectAll().orderBy('path').orderBy('grantee').execute();
  }

  #rulesTo(userId: string) {
    return this.#db
      .selectFrom('grants')
      .select(['path', 'level', 'grantee'])
      .where((eb) =>
        eb.or([
          eb('grantee', 'in', [userGrantee(userId), publicGrantee]),
          eb(
            'grantee',
            'in',
            eb
              .selectFrom('group_members')
              .select(sql<string>`'group:' || group_id`.as('grantee'))
              .where('user_id', '=', userId),
          ),
        ]),
      );
  }

  /** The grants that bear on `path` from it or from above, or all that one user gave. */
  find(by: { onLineageOf: EntryPath } | { grantedBy: string }): Promise<GrantRow[]> {
    const query = this.#db.selectFrom('grants').selectAll().orderBy('path').orderBy('grantee').limit(10_000);
    if ('grantedBy' in by) return query.where('granted_by', '=', by.grantedBy).execute();
    return query.where('path', 'in', lineageOf(by.onLineageOf)).execute();
  }

  /** One that changes another says who gave it last, and when. */
  async put(db: DbOrTx, row: GrantRow): Promise<void> {
    const { level, granted_by, created_at } = row;
    await db
      .insertInto('grants')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['path', 'grantee']).doUpdateSet({ level, granted_by, created_at }),
      )
      .execute();
  }

  async remove(db: DbOrTx, path: EntryPath, grantee: string): Promise<boolean> {
    const result = await db
      .deleteFrom('grants')
      .where('path', '=', path)
      .where('grantee', '=', grantee)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async removeGrantee(tx: DbOrTx, grantee: string): Promise<void> {
    await tx.deleteFrom('grants').where('grantee', '=', grantee).execute();
  }

  async removeGrantedBy(tx: DbOrTx, userId: string): Promise<void> {
    await tx.deleteFrom('grants').where('granted_by', '=', userId).execute();
  }

  async moved(tx: Tx, from: EntryPath, to: EntryPath): Promise<void> {
    await tx
      .updateTable('grants')
      .set({ path: rebased(from, to) })
      .where(isWithin<'grants'>(from))
      .execute();
  }

  async removed(tx: Tx, path: EntryPath): Promise<void> {
    await tx.deleteFrom('grants').where(isWithin<'grants'>(path)).execute();
  }
}

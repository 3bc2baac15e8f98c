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

export class GrantsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The grants of these grantees that bear on `path`: on it, above it, or below it. */
  rulesAround(grantees: readonly string[], path: EntryPath): Promise<Rule[]> {
    return this.#db
      .selectFrom('grants')
      .select(['path', 'level'])
      .where('grantee', 'in', grantees)
      .where((eb) => eb.or([eb('path', 'in', lineageOf(path)), isBelow<'grants'>(path)(eb)]))
      .execute();
  }

  rulesOf(grantees: readonly string[]): Promise<Rule[]> {
    return this.#db.selectFrom('grants').select(['path', 'level']).where('grantee', 'in', grantees).execute();
  }

  /** The grants that bear on `path` from it or from above, or all that one user gave. */
  find(by: { onLineageOf: EntryPath } | { grantedBy: string }): Promise<GrantRow[]> {
    const query = this.#db.selectFrom('grants').selectAll().orderBy('path').orderBy('grantee').limit(10_000);
    if ('grantedBy' in by) return query.where('granted_by', '=', by.grantedBy).execute();
    return query.where('path', 'in', lineageOf(by.onLineageOf)).execute();
  }

  async put(row: GrantRow): Promise<void> {
    await this.#db
      .insertInto('grants')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['path', 'grantee']).doUpdateSet({ level: row.level, granted_by: row.granted_by }),
      )
      .execute();
  }

  async remove(path: EntryPath, grantee: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('grants')
      .where('path', '=', path)
      .where('grantee', '=', grantee)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async removeGrantee(tx: DbOrTx, grantee: string): Promise<void> {
    await tx.deleteFrom('grants').where('grantee', '=', grantee).execute();
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

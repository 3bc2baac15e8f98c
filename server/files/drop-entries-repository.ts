import type { EntryPath } from '../contract/path.ts';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connection.ts';
import { GroupCommit } from '../database/group-commit.ts';
import { insertRows } from '../database/insert-rows.ts';
import { isWithin, rebased } from '../database/path-query.ts';
import type { Database } from '../database/schema.ts';

export type DropEntryRow = Database['drop_entries'];
/** One drop of one user, and since when its entries can still be undone (milliseconds since 1970). */
export type DropKey = { userId: string; dropId: string; since: number };

const columns = [
  'id',
  'user_id',
  'drop_id',
  'path',
  'kind',
  'etag',
  'kept_id',
  'kept_root',
  'kept_bytes',
  'created_at',
] as const satisfies (keyof DropEntryRow)[];

/** What each drop stored, so that it can be taken back. */
export class DropEntriesRepository {
  readonly #db: Db;
  readonly #additions: GroupCommit<DropEntryRow>;

  constructor(db: Db) {
    this.#db = db;
    this.#additions = new GroupCommit(db, async (tx, rows) => {
      await insertRows('drop_entries', columns, rows).execute(tx);
    });
  }

  add(...rows: DropEntryRow[]): Promise<void> {
    return this.#additions.add(...rows);
  }

  /** Files before folders, what is deepest first, of one path the newest first. */
  page(key: DropKey, limit: number): Promise<DropEntryRow[]> {
    return this.#of(key)
      .selectAll()
      .orderBy('kind', 'desc')
      .orderBy(sql`length(path)`, 'desc')
      .orderBy('created_at', 'desc')
      .limit(limit)
      .execute();
  }

  async summarize(key: DropKey) {
    const row = await this.#of(key)
      .select((eb) => [
        sql<number>`count(CASE WHEN kind = 'file' THEN 1 END)`.as('files'),
        sql<number>`count(CASE WHEN kind = 'directory' THEN 1 END)`.as('folders'),
        eb.fn.count<number>('kept_id').as('replaced'),
        eb.fn.min<number | null>('created_at').as('beganAt'),
      ])
      .executeTakeFirstOrThrow();
    return row;
  }

  #of({ userId, dropId, since }: DropKey) {
    return this.#db
      .selectFrom('drop_entries')
      .where('user_id', '=', userId)
      .where('drop_id', '=', dropId)
      .where('created_at', '>=', since);
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('drop_entries').where('id', '=', id).execute();
  }

  /** What the drop stored at this path before is there again, as a version with another etag. */
  async setEtag({ user_id, drop_id, path }: DropEntryRow, etag: string): Promise<void> {
    await this.#db
      .updateTable('drop_entries')
      .set({ etag })
      .where('user_id', '=', user_id)
      .where('drop_id', '=', drop_id)
      .where('path', '=', path)
      .execute();
  }

  async removeBefore(time: number): Promise<void> {
    await this.#db.deleteFrom('drop_entries').where('created_at', '<', time).execute();
  }

  async moved(tx: Tx, from: EntryPath, to: EntryPath): Promise<void> {
    await tx
      .updateTable('drop_entries')
      .set({ path: rebased(from, to) })
      .where(isWithin<'drop_entries'>(from))
      .execute();
  }

  async removed(tx: Tx, path: EntryPath): Promise<void> {
    await tx.deleteFrom('drop_entries').where(isWithin<'drop_entries'>(path)).execute();
  }
}

import { sql } from 'kysely';
import type { EntryPath } from '../contract/path.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type DropLinkRow = Database['drop_links'];
export type DropRow = Database['drops'];
export type DropLimitColumns = Omit<DropLinkRow, 'link_id' | 'taken_files' | 'taken_bytes'>;

/** Strictly older than this drop. */
type Before = { createdAt: number; id: string };

export class DropsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async updateLink(tx: Tx, linkId: string, limits: Partial<DropLimitColumns>): Promise<void> {
    await tx.updateTable('drop_links').set(limits).where('link_id', '=', linkId).execute();
  }

  findLinks(linkIds: readonly string[]): Promise<DropLinkRow[]> {
    if (linkIds.length === 0) return Promise.resolve([]);
    return this.#db.selectFrom('drop_links').selectAll().where('link_id', 'in', linkIds).execute();
  }

  /** Takes room for a drop and notes it; false when the link has too little left. */
  reserve(row: DropRow): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      if (!(await take(tx, row.link_id, 1, row.size))) return false;
      await tx.insertInto('drops').values(row).execute();
      return true;
    });
  }

  /** Gives a drop its true size; false when the link has too little room left for that. */
  resize(id: string, linkId: string, bytes: number): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const { size } = await tx
        .selectFrom('drops')
        .select('size')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      if (!(await take(tx, linkId, 0, bytes - size))) return false;
      await tx.updateTable('drops').set({ size: bytes }).where('id', '=', id).execute();
      return true;
    });
  }

  /** Notes that a drop has come; undefined when that was noted before. */
  finish(id: string, storedPath: string, now: number): Promise<DropRow | undefined> {
    return this.#db
      .updateTable('drops')
      .set({ stored_path: storedPath, received_at: now })
      .where('id', '=', id)
      .where('received_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
  }

  /** Forgets a drop that did not come about, and gives its room back. */
  async release(id: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const row = await tx
        .deleteFrom('drops')
        .where('id', '=', id)
        .where('received_at', 'is', null)
        .returning(['link_id', 'size'])
        .executeTakeFirst();
      if (row) await take(tx, row.link_id, -1, -row.size);
    });
  }

  findByKey(linkId: string, visitor: string, key: string): Promise<DropRow | undefined> {
    return this.#db
      .selectFrom('drops')
      .selectAll()
      .where('link_id', '=', linkId)
      .where('visitor', '=', visitor)
      .where('request_key', '=', key)
      .executeTakeFirst();
  }

  /** What has been received, newest first; of one visitor or of all. */
  received(
    linkId: string,
    { visitor, before, limit }: { visitor?: string; before?: Before; limit: number },
  ): Promise<DropRow[]> {
    let query = this.#db
      .selectFrom('drops')
      .selectAll()
      .where('link_id', '=', linkId)
      .where('received_at', 'is not', null)
      .orderBy('received_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit);
    if (visitor !== undefined) query = query.where('visitor', '=', visitor);
    if (before) {
      query = query.where((eb) =>
        eb.or([
          eb('received_at', '<', before.createdAt),
          eb.and([eb('received_at', '=', before.createdAt), eb('id', '<', before.id)]),
        ]),
      );
    }
    return query.execute();
  }

  /** Drops whose uploads are in their place without that having been noted: a crash came in between. */
  finishedUploads(): Promise<{ id: string; path: EntryPath; folder: EntryPath }[]> {
    return this.#db
      .selectFrom('drops')
      .innerJoin('uploads', 'uploads.id', 'drops.id')
      .innerJoin('link_items', 'link_items.link_id', 'drops.link_id')
      .select(['drops.id', 'uploads.path', 'link_items.path as folder'])
      .where('drops.received_at', 'is', null)
      .where('uploads.finished_at', 'is not', null)
      .execute();
  }

  /** Drops begun before then of which no upload is left: a crash came in between. */
  abandoned(time: number): Promise<{ id: string }[]> {
    return this.#db
      .selectFrom('drops')
      .select('id')
      .where('received_at', 'is', null)
      .where('begun_at', '<', time)
      .where((eb) =>
        eb.not(
          eb.exists(eb.selectFrom('uploads').select('uploads.id').whereRef('uploads.id', '=', 'drops.id')),
        ),
      )
      .limit(1000)
      .execute();
  }

  async folderOf(linkId: string, visitor: string, name: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('drop_folders')
      .select('stored_name')
      .where('link_id', '=', linkId)
      .where('visitor', '=', visitor)
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.stored_name;
  }

  async putFolder(row: Database['drop_folders']): Promise<void> {
    await this.#db
      .insertInto('drop_folders')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['link_id', 'visitor', 'name']).doUpdateSet({ stored_name: row.stored_name }),
      )
      .execute();
  }
}

/** Changes what is taken of a link's room; false, and no change, when that would be more than there is. */
async function take(tx: Tx, linkId: string, files: number, bytes: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('drop_links')
    .set({ taken_files: sql`taken_files + ${files}`, taken_bytes: sql`taken_bytes + ${bytes}` })
    .where('link_id', '=', linkId)
    .where(
      sql<boolean>`(${files} <= 0 OR max_files IS NULL OR taken_files + ${files} <= max_files)
        AND (${bytes} <= 0 OR max_bytes IS NULL OR taken_bytes + ${bytes} <= max_bytes)`,
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

import { sql } from 'kysely';
import type { Db, Tx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type PinRow = Database['pins'];
export type PinEntryRow = Database['pin_entries'];

export class PinsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async create(tx: Tx, row: PinRow): Promise<void> {
    // Of several that are asked for, the last one counts.
    await tx
      .deleteFrom('pins')
      .where('link_id', '=', row.link_id)
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom('links').select('links.id').whereRef('links.pin_id', '=', 'pins.id'))),
      )
      .execute();
    await tx.insertInto('pins').values(row).execute();
  }

  find(id: string): Promise<PinRow | undefined> {
    return this.#db.selectFrom('pins').selectAll().where('id', '=', id).executeTakeFirst();
  }

  ofLinks(linkIds: readonly string[]): Promise<PinRow[]> {
    if (linkIds.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom('pins')
      .selectAll()
      .where('link_id', 'in', linkIds)
      .orderBy('created_at')
      .execute();
  }

  async unfinished(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('pins')
      .select('id')
      .where('state', '=', 'preparing')
      .orderBy('created_at')
      .execute();
    return rows.map(({ id }) => id);
  }

  async update(id: string, change: Partial<PinRow>): Promise<void> {
    await this.#db.updateTable('pins').set(change).where('id', '=', id).execute();
  }

  async removeOf(tx: Tx, linkId: string): Promise<void> {
    await tx.deleteFrom('pins').where('link_id', '=', linkId).execute();
  }

  /** Makes a finished manifest the one that its link keeps to; those before it are forgotten. */
  async publish(pin: Pick<PinRow, 'id' | 'link_id'>, sha256: string, now: number): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .updateTable('pins')
        .set({ state: 'ready', sha256, finished_at: now, problem: null })
        .where('id', '=', pin.id)
        .execute();
      await tx.updateTable('links').set({ pin_id: pin.id }).where('id', '=', pin.link_id).execute();
      await tx.deleteFrom('pins').where('link_id', '=', pin.link_id).where('id', '!=', pin.id).execute();
    });
  }

  async clearEntries(pinId: string): Promise<void> {
    await this.#db.deleteFrom('pin_entries').where('pin_id', '=', pinId).execute();
  }

  async addEntries(rows: readonly PinEntryRow[]): Promise<void> {
    if (rows.length > 0) await this.#db.insertInto('pin_entries').values(rows).execute();
  }

  /** Files whose checksum is not known yet, in the order of the tree. */
  unhashed(pinId: string, limit: number): Promise<PinEntryRow[]> {
    return this.#db
      .selectFrom('pin_entries')
      .selectAll()
      .where('pin_id', '=', pinId)
      .where('kind', '=', 'file')
      .where('sha256', 'is', null)
      .orderBy('position')
      .limit(limit)
      .execute();
  }

  /** Notes what files were found to be, and counts them as done. */
  async noteHashed(pinId: string, rows: readonly PinEntryRow[]): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      for (const { position, etag, size, modified_at, sha256 } of rows) {
        await tx
          .updateTable('pin_entries')
          .set({ etag, size, modified_at, sha256 })
          .where('pin_id', '=', pinId)
          .where('position', '=', position)
          .execute();
      }
      const bytes = rows.reduce((sum, { size }) => sum + size, 0);
      await tx
        .updateTable('pins')
        .set({
          done_files: sql`done_files + ${rows.length}`,
          done_bytes: sql`done_bytes + ${bytes}`,
        })
        .where('id', '=', pinId)
        .execute();
    });
  }

  async noteEtag({ pin_id, position }: PinEntryRow, etag: string): Promise<void> {
    await this.#db
      .updateTable('pin_entries')
      .set({ etag })
      .where('pin_id', '=', pin_id)
      .where('position', '=', position)
      .execute();
  }

  entry(pinId: string, path: string): Promise<PinEntryRow | undefined> {
    return this.#db
      .selectFrom('pin_entries')
      .selectAll()
      .where('pin_id', '=', pinId)
      .where('path', '=', path)
      .executeTakeFirst();
  }

  children(pinId: string, parent: string): Promise<PinEntryRow[]> {
    return this.#db
      .selectFrom('pin_entries')
      .selectAll()
      .where('pin_id', '=', pinId)
      .where('parent', '=', parent)
      .execute();
  }

  /** All entries from a position on, in the order of the tree, a batch at a time. */
  async *entries(pinId: string, from = 0): AsyncGenerator<PinEntryRow> {
    for (let after = from - 1; ;) {
      const rows = await this.#db
        .selectFrom('pin_entries')
        .selectAll()
        .where('pin_id', '=', pinId)
        .where('position', '>', after)
        .orderBy('position')
        .limit(1000)
        .execute();
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < 1000) return;
      after = last.position;
    }
  }
}

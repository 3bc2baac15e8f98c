import type { EntryPath } from '../contract/path.ts';
import type { Db, Tx } from '../database/connection.ts';
import { isWithin, rebased } from '../database/path-query.ts';
import type { Database } from '../database/schema.ts';

export type UploadRow = Database['uploads'];

export class UploadsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async create(row: UploadRow): Promise<void> {
    await this.#db.insertInto('uploads').values(row).execute();
  }

  find(id: string): Promise<UploadRow | undefined> {
    return this.#db.selectFrom('uploads').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async finish(id: string, path: EntryPath, now: number): Promise<void> {
    await this.#db.updateTable('uploads').set({ finished_at: now, path }).where('id', '=', id).execute();
  }

  async update(id: string, change: Partial<UploadRow>): Promise<void> {
    await this.#db.updateTable('uploads').set(change).where('id', '=', id).execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('uploads').where('id', '=', id).execute();
  }

  unfinishedOf(userId: string): Promise<UploadRow[]> {
    return this.#db
      .selectFrom('uploads')
      .selectAll()
      .where('user_id', '=', userId)
      .where('finished_at', 'is', null)
      .execute();
  }

  /** A user's uploads that are not finished, newest first. */
  page(userId: string, limit: number, before?: { createdAt: number; id: string }): Promise<UploadRow[]> {
    return this.#db
      .selectFrom('uploads')
      .selectAll()
      .where('user_id', '=', userId)
      .where('finished_at', 'is', null)
      .$if(before !== undefined, (query) =>
        query.where((eb) =>
          eb.or([
            eb('created_at', '<', before!.createdAt),
            eb.and([eb('created_at', '=', before!.createdAt), eb('id', '<', before!.id)]),
          ]),
        ),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
  }

  unfinishedBefore(time: number): Promise<UploadRow[]> {
    return this.#db
      .selectFrom('uploads')
      .selectAll()
      .where('finished_at', 'is', null)
      .where('created_at', '<', time)
      .execute();
  }

  createdBefore(time: number): Promise<UploadRow[]> {
    return this.#db.selectFrom('uploads').selectAll().where('created_at', '<', time).limit(1000).execute();
  }

  /** An upload on its way into a folder goes on into the same folder, wherever that is now. */
  async moved(tx: Tx, from: EntryPath, to: EntryPath): Promise<void> {
    await tx
      .updateTable('uploads')
      .set({ path: rebased(from, to) })
      .where('finished_at', 'is', null)
      .where(isWithin<'uploads'>(from))
      .execute();
  }

  /** Nothing: an upload whose folder is gone is refused when it is finished. */
  removed(): Promise<void> {
    return Promise.resolve();
  }
}

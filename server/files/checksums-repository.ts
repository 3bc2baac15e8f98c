import type { EntryPath } from '../contract/path.ts';
import type { Db, Tx } from '../database/connection.ts';
import { isWithin } from '../database/path-query.ts';

export class ChecksumsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(path: EntryPath, etag: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('checksums')
      .select('sha256')
      .where('path', '=', path)
      .where('etag', '=', etag)
      .executeTakeFirst();
    return row?.sha256;
  }

  async put(path: EntryPath, etag: string, sha256: string): Promise<void> {
    await this.#db
      .insertInto('checksums')
      .values({ path, etag, sha256 })
      .onConflict((conflict) => conflict.column('path').doUpdateSet({ etag, sha256 }))
      .execute();
  }

  moved(tx: Tx, from: EntryPath): Promise<void> {
    return this.removed(tx, from);
  }

  async removed(tx: Tx, path: EntryPath): Promise<void> {
    await tx.deleteFrom('checksums').where(isWithin<'checksums'>(path)).execute();
  }
}

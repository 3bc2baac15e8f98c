import { sql } from 'kysely';
import type { EntryPath } from '../contract/path.ts';
import type { Db, Tx } from '../database/connection.ts';
import { GroupCommit } from '../database/group-commit.ts';
import type { Database } from '../database/schema.ts';
import { insertRows } from '../database/insert-rows.ts';
import { isWithin, rebased } from '../database/path-query.ts';

type ChecksumRow = Database['checksums'];

export class ChecksumsRepository {
  readonly #db: Db;
  readonly #puts: GroupCommit<ChecksumRow>;

  constructor(db: Db) {
    this.#db = db;
    this.#puts = new GroupCommit(db, writeChecksums);
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

  /** Notes what was just computed; many at once are written together. */
  put(...rows: ChecksumRow[]): Promise<void> {
    return this.#puts.add(...rows);
  }

  /** What is below a folder that moves keeps its etags; a file that moves itself gets another: see `TransferService`. */
  async moved(tx: Tx, from: EntryPath, to: EntryPath): Promise<void> {
    await tx
      .updateTable('checksums')
      .set({ path: rebased(from, to) })
      .where(isWithin<'checksums'>(from))
      .execute();
  }

  async removed(tx: Tx, path: EntryPath): Promise<void> {
    await tx.deleteFrom('checksums').where(isWithin<'checksums'>(path)).execute();
  }
}

async function writeChecksums(tx: Tx, rows: readonly ChecksumRow[]): Promise<void> {
  await sql`${insertRows('checksums', ['path', 'etag', 'sha256'], rows)}
    ON CONFLICT (path) DO UPDATE SET etag = excluded.etag, sha256 = excluded.sha256`.execute(tx);
}

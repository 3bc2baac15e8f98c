import { sql } from 'kysely';
import type { EntryPath } from '../contract/path.ts';
import type { Db, Tx } from '../database/connection.ts';
import { GroupCommit } from '../database/group-commit.ts';
import type { Database } from '../database/schema.ts';
import { insertRows } from '../database/insert-rows.ts';
import { isWithin, rebased } from '../database/path-query.ts';

type ChecksumRow = Database['checksums'];
/** Of a file's bytes, in hexadecimal. The XXH64 is known of what was verified by it. */
export type Checksums = Pick<ChecksumRow, 'sha256'> & Partial<Pick<ChecksumRow, 'xxh64'>>;
/** Of the version of a file that has this etag. */
export type VersionChecksums = Pick<ChecksumRow, 'path' | 'etag'> & Checksums;

export class ChecksumsRepository {
  readonly #db: Db;
  readonly #puts: GroupCommit<ChecksumRow>;

  constructor(db: Db) {
    this.#db = db;
    this.#puts = new GroupCommit(db, writeChecksums);
  }

  find(path: EntryPath, etag: string): Promise<Checksums | undefined> {
    return this.#db
      .selectFrom('checksums')
      .select(['sha256', 'xxh64'])
      .where('path', '=', path)
      .where('etag', '=', etag)
      .executeTakeFirst();
  }

  /** Notes what was just computed; many at once are written together. */
  put(...checksums: VersionChecksums[]): Promise<void> {
    return this.#puts.add(...checksums.map((row) => ({ xxh64: null, ...row })));
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
  await sql`${insertRows('checksums', ['path', 'etag', 'sha256', 'xxh64'], rows)}
    ON CONFLICT (path) DO UPDATE SET etag = excluded.etag, sha256 = excluded.sha256, xxh64 = excluded.xxh64`.execute(
    tx,
  );
}

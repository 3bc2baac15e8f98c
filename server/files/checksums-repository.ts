import type { EntryPath } from '../contract/path.ts';
import type { Db, Tx } from '../database/connection.ts';
import { GroupCommit } from '../database/group-commit.ts';
import type { Database } from '../database/schema.ts';
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
  put(path: EntryPath, etag: string, sha256: string): Promise<void> {
    return this.#puts.add({ path, etag, sha256 });
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
  // The last word on a path counts, and one statement says each path once.
  const byPath = new Map(rows.map((row) => [row.path, row]));
  await tx
    .insertInto('checksums')
    .values([...byPath.values()])
    .onConflict((conflict) =>
      conflict.column('path').doUpdateSet((eb) => ({
        etag: eb.ref('excluded.etag'),
        sha256: eb.ref('excluded.sha256'),
      })),
    )
    .execute();
}

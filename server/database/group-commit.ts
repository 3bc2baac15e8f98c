import { sql } from 'kysely';
import type { Db, Tx } from './connection.ts';

/**
 * A transaction that does not wait for the disk. It survives a crash of the process; a loss of power may take it back,
 * together with all such that came after it. For what can be found out anew: counters, checksums, promises of room.
 * `work` uses `tx` alone: the connection is held for it.
 */
export function unsynced<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.connection().execute(async (connection) => {
    await sql`PRAGMA synchronous = NORMAL`.execute(connection);
    try {
      return await connection.transaction().execute(work);
    } finally {
      await sql`PRAGMA synchronous = FULL`.execute(connection);
    }
  });
}

/** Writes what many ask for at about the same time in one `unsynced` transaction. */
export class GroupCommit<Item> {
  readonly #db: Db;
  readonly #write: (tx: Tx, items: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(db: Db, write: (tx: Tx, items: readonly Item[]) => Promise<void>) {
    this.#db = db;
    this.#write = write;
  }

  /** Resolves when the items are written; rejects when the transaction that they were a part of failed. */
  add(...items: Item[]): Promise<void> {
    this.#waiting.push(...items);
    this.#next ??= this.#commitAfter(this.#running);
    return this.#next;
  }

  async #commitAfter(running: Promise<void>): Promise<void> {
    await running;
    // Whoever is ready in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    const items = this.#waiting;
    const committing = unsynced(this.#db, (tx) => this.#write(tx, items));
    this.#running = committing.catch(() => {});
    this.#waiting = [];
    this.#next = undefined;
    return committing;
  }
}

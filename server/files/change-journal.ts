import type { EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { AuditLog, DescribedEvent } from '../audit/audit-log.ts';
import type { Db, Tx } from '../database/connection.ts';

/** Rows that name paths and go along when an entry moves or goes: grants, link items, uploads. */
export interface PathFollower {
  moved(tx: Tx, from: EntryPath, to: EntryPath): Promise<void>;
  removed(tx: Tx, path: EntryPath): Promise<void>;
}

/**
 * Keeps rows and bytes together. A file system and a database share no transaction, so the intention is written down
 * first, then the bytes change, then every row follows in one transaction, which also strikes the intention out. After
 * a crash in between, `recover` looks at what is there and finishes or forgets.
 */
export class ChangeJournal {
  readonly #db: Db;
  readonly #followers: readonly PathFollower[];
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  /** Changes that are being made now: no crash has left them open. */
  readonly #running = new Set<string>();

  constructor(db: Db, followers: readonly PathFollower[], audit: AuditLog, clock: Clock) {
    this.#db = db;
    this.#audit = audit;
    this.#followers = followers;
    this.#clock = clock;
  }

  /**
   * Runs `act`, which moves `from` to `to`, or removes `from` when `to` is null, and brings the rows along. `told` is
   * what the audit log is to say of it.
   */
  async record(
    from: EntryPath,
    to: EntryPath | null,
    act: () => Promise<void>,
    told?: DescribedEvent,
  ): Promise<void> {
    const id = createIdentifier();
    const event = told ? JSON.stringify(told) : null;
    this.#running.add(id);
    try {
      await this.#db
        .insertInto('pending_changes')
        .values({
          id,
          from_path: from,
          to_path: to,
          created_at: this.#clock().getTime(),
          audit_event: event,
        })
        .execute();
      try {
        await act();
      } catch (error) {
        await this.#db.deleteFrom('pending_changes').where('id', '=', id).execute();
        throw error;
      }
      await this.#settle(id, from, to, event);
    } finally {
      this.#running.delete(id);
    }
  }

  /** Finishes what a crash left open; `exists` says whether an entry is there. */
  async recover(exists: (path: EntryPath) => Promise<boolean>): Promise<void> {
    const pending = await this.#db.selectFrom('pending_changes').selectAll().orderBy('created_at').execute();
    for (const { id, from_path: from, to_path: to, audit_event: event } of pending) {
      if (this.#running.has(id)) continue;
      const happened = !(await exists(from)) && (to === null || (await exists(to)));
      if (happened) await this.#settle(id, from, to, event);
      else await this.#db.deleteFrom('pending_changes').where('id', '=', id).execute();
    }
  }

  #settle(id: string, from: EntryPath, to: EntryPath | null, event: string | null): Promise<void> {
    return this.#db.transaction().execute(async (tx) => {
      const { numDeletedRows } = await tx
        .deleteFrom('pending_changes')
        .where('id', '=', id)
        .executeTakeFirst();
      // Settled already, and what has come to these paths since must not be touched.
      if (numDeletedRows === 0n) return;
      for (const follower of this.#followers) {
        // What was at the new path, if anything, has been replaced by another entry.
        await follower.removed(tx, to ?? from);
        if (to !== null) await follower.moved(tx, from, to);
      }
      if (event !== null) await this.#audit.add(tx, JSON.parse(event) as DescribedEvent);
    });
  }
}

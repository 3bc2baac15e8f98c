import type { EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import { createOrderedIdentifier } from '../base/identifier.ts';
import { networkOf } from '../base/network-address.ts';
import type { Db, DbOrTx } from '../database/connection.ts';
import { isWithin } from '../database/path-query.ts';
import type { Database } from '../database/schema.ts';
import type { AuditActor, AuditEvent } from './audit-event.ts';

export type AuditRow = Database['audit_events'];
/** An event before it is written down, which gives it its time and its place in the log. */
export type DescribedEvent = Omit<AuditRow, 'id' | 'at'>;

export type AuditFilter = {
  /** Who did it, or to whom it was done. */
  userName?: string | undefined;
  /** Whole words, or their part before the dot. */
  actions?: readonly string[] | undefined;
  /** On this entry or below it. */
  path?: EntryPath | undefined;
  /** Milliseconds, inclusive. */
  from?: number | undefined;
  /** Milliseconds, exclusive. */
  to?: number | undefined;
};

const exportPage = 1000;

/**
 * What was done here, by whom and from where. It is written in the transaction of the change it tells of, so that there
 * is never one without the other. Nothing changes an event, and only age takes it away.
 */
export class AuditLog {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #keepsAddresses: boolean;

  constructor(db: Db, clock: Clock, { keepsAddresses }: { keepsAddresses: boolean }) {
    this.#db = db;
    this.#clock = clock;
    this.#keepsAddresses = keepsAddresses;
  }

  /** Adds an event; `db` is the transaction of the change it tells of. */
  async record(db: DbOrTx, actor: AuditActor, event: AuditEvent): Promise<void> {
    await this.add(db, this.describe(actor, event));
  }

  /** Adds an event that has no change beside it, such as a failed sign-in. */
  async recordAlone(actor: AuditActor, event: AuditEvent): Promise<void> {
    await this.record(this.#db, actor, event);
  }

  /** An event for a change that is made later or after a crash. */
  describe(actor: AuditActor, { action, target, path, detail }: AuditEvent): DescribedEvent {
    return {
      actor_kind: actor.kind,
      actor_name: 'name' in actor ? actor.name : null,
      via: actor.kind === 'user' ? actor.via.kind : null,
      address: 'address' in actor ? this.#shorten(actor.address) || null : null,
      action,
      target: target ?? null,
      path: path ?? null,
      detail: detail ? JSON.stringify(detail) : null,
    };
  }

  /** Writes it down with the time of now: who reads what is new since they read last misses none. */
  async add(db: DbOrTx, event: DescribedEvent): Promise<void> {
    const at = this.#clock().getTime();
    await db
      .insertInto('audit_events')
      .values({ ...event, id: createOrderedIdentifier(at), at })
      .execute();
  }

  /** Newest first, strictly older than `before`. */
  list(filter: AuditFilter, { before, limit }: { before?: string; limit: number }): Promise<AuditRow[]> {
    let query = this.#matching(filter).orderBy('id', 'desc').limit(limit);
    if (before !== undefined) query = query.where('id', '<', before);
    return query.execute();
  }

  /** All that match, oldest first, read a page at a time. */
  async *read(filter: AuditFilter): AsyncGenerator<AuditRow> {
    let after = '';
    for (;;) {
      const page = await this.#matching(filter)
        .where('id', '>', after)
        .orderBy('id')
        .limit(exportPage)
        .execute();
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < exportPage) return;
      after = last.id;
    }
  }

  /** Removes what is older than that. */
  async sweep(before: Date): Promise<void> {
    await this.#db.deleteFrom('audit_events').where('at', '<', before.getTime()).execute();
  }

  #matching({ userName, actions, path, from, to }: AuditFilter) {
    let query = this.#db.selectFrom('audit_events').selectAll();
    if (userName !== undefined) {
      query = query.where((eb) =>
        eb.or([eb('actor_name', '=', userName), eb('target', '=', `user:${userName}`)]),
      );
    }
    if (actions) {
      query = query.where((eb) =>
        eb.or(
          actions.flatMap((action) => [
            eb('action', '=', action),
            // '/' is the character after '.'.
            eb.and([eb('action', '>=', `${action}.`), eb('action', '<', `${action}/`)]),
          ]),
        ),
      );
    }
    if (path !== undefined) query = query.where(isWithin<'audit_events'>(path));
    if (from !== undefined) query = query.where('at', '>=', from);
    if (to !== undefined) query = query.where('at', '<', to);
    return query;
  }

  #shorten(address: string): string {
    return this.#keepsAddresses ? address : networkOf(address);
  }
}

import { AppError, hasCode } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';
import type { Notice } from './notice.ts';

type OutboxRow = Database['outbox'];
export type Channel = OutboxRow['channel'];

/** Brings one notice where it belongs. Throws `invalid` when it never will, anything else when it may later. */
export type Carrier = (letter: { notice: Notice; body: string; recipient: string }) => Promise<void>;

/** A notice to be sent, by what, to whom and when. */
export type Letter = { channel: Channel; recipient: string; notice: Notice; dueAt: number };

type Dependencies = {
  db: Db;
  carriers: Partial<Record<Channel, Carrier>>;
  /** Whether one more may go to this recipient now. */
  mayGo: (letter: { channel: Channel; recipient: string }) => Promise<boolean>;
  clock: Clock;
  log: Logger;
};

const minuteMs = 60_000;
/** How long to wait after each try that failed; after the last one, the notice is given up. */
const pausesMs = [1, 5, 15, 60, 180, 360, 720].map((minutes) => minutes * minuteMs);
/** A try that was not heard of again, because its process ended, is taken up after so long. */
const leaseMs = 10 * minuteMs;
const lookEveryMs = 10_000;
const atOnce = 50;
/** More wait only when what receives them has been away for long: no more are taken then. */
const maxWaiting = 10_000;

/**
 * Notices on their way. They are written down in the transaction of what they tell of, and struck out when they were taken,
 * so that none is lost by a restart. One may come twice: its `id` says so.
 */
export class Outbox {
  readonly #with: Dependencies;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isClosing = false;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  carries(channel: Channel): boolean {
    return this.#with.carriers[channel] !== undefined;
  }

  /** Writes letters down. One whose notice has the id of a waiting one takes its place, by `merge`. */
  async add(
    tx: Tx,
    letters: readonly Letter[],
    merge = (_old: Notice, fresh: Notice) => fresh,
  ): Promise<void> {
    const { count } = await tx
      .selectFrom('outbox')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (Number(count) + letters.length > maxWaiting) {
      this.#with.log.error({ waiting: Number(count) }, 'too many notices wait: one is left out');
      return;
    }
    for (const { channel, recipient, notice, dueAt } of letters) {
      const id = `${channel}:${notice.id}`;
      const old = await tx.selectFrom('outbox').select('notice').where('id', '=', id).executeTakeFirst();
      const text = JSON.stringify(old ? merge(JSON.parse(old.notice) as Notice, notice) : notice);
      const row = {
        id,
        channel,
        recipient,
        notice: text,
        created_at: this.#with.clock().getTime(),
        attempts: 0,
        due_at: dueAt,
      };
      await tx
        .insertInto('outbox')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ notice: text }))
        .execute();
    }
  }

  /** Looks for what is due from now on. */
  start(): void {
    if (Object.keys(this.#with.carriers).length === 0) return;
    this.#timer ??= setInterval(() => void this.deliverDue(), lookEveryMs).unref();
  }

  /** Tries what is due at this moment, each channel on its own. */
  deliverDue(): Promise<void> {
    const channels = Object.keys(this.#with.carriers) as Channel[];
    this.#running ??= Promise.all(channels.map((channel) => this.#deliver(channel)))
      .then(() => undefined)
      .catch((error: unknown) => this.#with.log.error({ error }, 'notices could not be sent'))
      .finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Waits for the tries that are under way; the rest is for the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #deliver(channel: Channel): Promise<void> {
    const due = await this.#with.db
      .selectFrom('outbox')
      .selectAll()
      .where('channel', '=', channel)
      .where('due_at', '<=', this.#with.clock().getTime())
      .orderBy('due_at')
      .limit(atOnce)
      .execute();
    for (const row of due) {
      if (this.#isClosing) return;
      if (!(await this.#claim(row))) continue;
      // Where one could not be brought, the next one hardly can: they wait for the next look.
      if (!(await this.#try(row))) return;
    }
  }

  /** Of several processes that find the same row due, one has it. */
  async #claim(row: OutboxRow): Promise<boolean> {
    const result = await this.#with.db
      .updateTable('outbox')
      .set({ attempts: row.attempts + 1, due_at: this.#with.clock().getTime() + leaseMs })
      .where('id', '=', row.id)
      .where('due_at', '=', row.due_at)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** False when the way there seems to be closed. */
  async #try(row: OutboxRow): Promise<boolean> {
    const { db, carriers, clock, log, mayGo } = this.#with;
    const again = (attempts: number, pauseMs: number) =>
      db
        .updateTable('outbox')
        .set({ attempts, due_at: clock().getTime() + pauseMs })
        .where('id', '=', row.id)
        .execute();
    if (!(await mayGo(row))) {
      await again(row.attempts, 15 * minuteMs);
      return true;
    }
    try {
      const carrier = carriers[row.channel];
      if (!carrier) throw new AppError('unavailable', 'This channel is not set up any more.');
      const notice = JSON.parse(row.notice) as Notice;
      await carrier({ notice, body: row.notice, recipient: row.recipient });
    } catch (error) {
      const isFinal = hasCode(error, 'invalid');
      const pauseMs = pausesMs[row.attempts];
      if (!isFinal && pauseMs !== undefined) {
        log.warn({ error, channel: row.channel, attempts: row.attempts + 1 }, 'a notice will be tried again');
        await again(row.attempts + 1, pauseMs);
        return false;
      }
      log.error({ error, channel: row.channel }, 'a notice was given up');
    }
    await db.deleteFrom('outbox').where('id', '=', row.id).execute();
    return true;
  }
}

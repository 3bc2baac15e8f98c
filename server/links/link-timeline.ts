import type { LinkEventKind } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Logger } from '../base/logger.ts';
import type { Tx } from '../database/connection.ts';
import { clientFamilyOf } from './client-family.ts';
import { keptAddress, type AddressKeeping } from './kept-address.ts';
import type { LinkEventRow, LinkEventsRepository, LinkNews, LinkUse } from './link-events-repository.ts';

/** Who comes by a link, as far as one can tell without an account. */
export type Visitor = { address: string; userAgent: string };

/** What a visitor did, and with what of the link: null = with all of it. */
export type LinkAct = {
  kind: LinkEventKind;
  path: string | null;
  items?: number;
  sender?: string | null;
};
type Counts = Partial<Pick<LinkEventRow, 'begun' | 'finished' | 'running' | 'bytes'>>;

type Dependencies = {
  events: LinkEventsRepository;
  /** Writes down, in the same transaction, what is to be told. */
  tell: (tx: Tx, news: LinkNews[]) => Promise<void>;
  keeping: { addresses: AddressKeeping; days: number };
  clock: Clock;
  log: Logger;
};

const flushEveryMs = 1000;
/** Like acts of one client are one row while no more than so long lies between them, and it is not older than that. */
const mergeMs = { pause: 10 * 60_000, whole: 6 * 3_600_000 };
/** Rows that are remembered to be added to, and rows that wait to be written: the memory that a flood can take. */
const maxRemembered = 2000;
const maxWaiting = 1000;
const maxFamilies = 200;
const dayMs = 86_400_000;

/** A row of the timeline that is still added to. */
export class Tally {
  readonly row: LinkEventRow;
  isWaiting = false;

  constructor(row: LinkEventRow) {
    this.row = row;
  }

  add({ begun = 0, finished = 0, running = 0, bytes = 0 }: Counts, now: number): void {
    this.row.begun += begun;
    this.row.finished += finished;
    this.row.running += running;
    this.row.bytes += bytes;
    this.row.last_at = now;
  }

  /** What was added since this was asked last. */
  take(): LinkEventRow {
    const taken = { ...this.row };
    Object.assign(this.row, { begun: 0, finished: 0, running: 0, bytes: 0 });
    this.isWaiting = false;
    return taken;
  }
}

/**
 * Writes down what is done with links. A durable commit for every download would cost more than the download, so what
 * happens within a second is gathered and written together; nothing decides by it.
 */
export class LinkTimeline {
  readonly #with: Dependencies;
  readonly #remembered = new Map<string, Tally>();
  readonly #families = new Map<string, string>();
  #waiting: Tally[] = [];
  #uses = new Map<string, LinkUse>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Someone looked at the page. A bot's look is written down, and not counted. */
  opened(linkId: string, visitor: Visitor): void {
    const tally = this.begin(linkId, visitor, { kind: 'opened', path: null });
    this.add(tally, { finished: 1, running: -1 });
    if (tally.row.client === 'bot') return;
    const use = this.#useOf(linkId);
    use.opens += 1;
    use.lastUsedAt = tally.row.last_at;
  }

  /** A file came in by a drop link and is stored. `sender` is the name that they gave themselves, if any. */
  dropped(
    linkId: string,
    visitor: Visitor,
    { path, bytes, sender = null }: { path: string; bytes: number; sender?: string | null },
  ): void {
    const tally = this.begin(linkId, visitor, { kind: 'dropped', path, sender });
    this.add(tally, { finished: 1, running: -1, bytes });
    this.#useOf(linkId).lastUsedAt = tally.row.last_at;
  }

  /**
   * Something begins that `add` is told the end of: `running: -1`, and `finished: 1` when it came to its end. The rest of a
   * download that began earlier begins nothing.
   */
  begin(linkId: string, visitor: Visitor, act: LinkAct, isRest = false): Tally {
    const now = this.#with.clock().getTime();
    const tally = this.#tallyOf(linkId, visitor, act, now);
    this.add(tally, { begun: isRest ? 0 : 1, running: 1 }, now);
    if (!isRest && (act.kind === 'downloaded' || act.kind === 'zipped')) {
      const use = this.#useOf(linkId);
      use.downloads += 1;
      use.lastUsedAt = now;
    }
    return tally;
  }

  add(tally: Tally, counts: Counts, now = this.#with.clock().getTime()): void {
    tally.add(counts, now);
    const use = this.#useOf(tally.row.link_id);
    if (counts.bytes && tally.row.kind !== 'dropped') use.bytes += counts.bytes;
    if (!tally.isWaiting && this.#with.keeping.days > 0) {
      tally.isWaiting = true;
      this.#waiting.push(tally);
    }
    if (this.#waiting.length >= maxWaiting) void this.flush();
  }

  /** What still waits is written; resolves when it is on the disk. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#write());
    await this.#flushing;
  }

  async #write(): Promise<void> {
    if (this.#uses.size === 0) return;
    const now = this.#with.clock().getTime();
    const uses = this.#uses;
    const events = this.#waiting.map((tally) => tally.take());
    this.#uses = new Map();
    this.#waiting = [];
    this.#forget(now);
    try {
      await this.#with.events.write({ uses, events, now }, this.#with.tell);
    } catch (error) {
      this.#with.log.error({ error }, 'the uses of links could not be written down');
    }
  }

  async sweep(): Promise<void> {
    await this.#with.events.removeBefore(this.#with.clock().getTime() - this.#with.keeping.days * dayMs);
  }

  #useOf(linkId: string): LinkUse {
    let use = this.#uses.get(linkId);
    if (!use) {
      use = { opens: 0, downloads: 0, bytes: 0, lastUsedAt: 0 };
      this.#uses.set(linkId, use);
      this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
    }
    return use;
  }

  #tallyOf(linkId: string, visitor: Visitor, act: LinkAct, now: number): Tally {
    const { kind, path, items = 1, sender = null } = act;
    // By what is kept of a client, so that one that calls itself ever anew fills no timeline.
    const client = this.#familyOf(visitor.userAgent);
    const address = keptAddress(visitor.address, this.#with.keeping.addresses);
    const key = `${linkId} ${kind} ${items} ${client} ${address}\n${sender ?? ''}\n${path ?? ''}`;
    const known = this.#remembered.get(key);
    if (known && isFresh(known, now)) return known;
    const tally = new Tally({
      id: createIdentifier(),
      link_id: linkId,
      kind,
      path,
      items,
      client,
      address,
      sender,
      started_at: now,
      last_at: now,
      begun: 0,
      finished: 0,
      running: 0,
      bytes: 0,
    });
    this.#remembered.delete(key);
    this.#remembered.set(key, tally);
    return tally;
  }

  #familyOf(userAgent: string): string {
    let family = this.#families.get(userAgent);
    if (family === undefined) {
      family = clientFamilyOf(userAgent);
      if (this.#families.size >= maxFamilies) this.#families.clear();
      this.#families.set(userAgent, family);
    }
    return family;
  }

  /** Rows that nothing will be added to any more; of too many, the oldest. */
  #forget(now: number): void {
    for (const [key, tally] of this.#remembered) {
      if (this.#remembered.size > maxRemembered || !isFresh(tally, now)) this.#remembered.delete(key);
    }
  }
}

function isFresh({ row }: Tally, now: number): boolean {
  return now - row.last_at <= mergeMs.pause && now - row.started_at <= mergeMs.whole;
}

import { sql } from 'kysely';
import type { Db, Tx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type LinkEventRow = Database['link_events'];

/** What a second of traffic adds to one link. */
export type LinkUse = { opens: number; downloads: number; bytes: number; lastUsedAt: number };

/** What has happened to a link for the first time, or is worth telling each time. */
export type LinkNews = { kind: 'first_download' | 'dropped'; linkId: string; events: LinkEventRow[] };

type Batch = {
  uses: ReadonlyMap<string, LinkUse>;
  /** What is new of each row: counts are added to what stands there. */
  events: readonly LinkEventRow[];
  now: number;
};

/** More of one link's rows are not kept: the oldest go. */
const maxRowsPerLink = 1000;
const rowsAStatement = 50;

export class LinkEventsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Writes all of it in one transaction, in which `tell` may also write down what is to be told. */
  async write(
    { uses, events, now }: Batch,
    tell: (tx: Tx, news: LinkNews[]) => Promise<void>,
  ): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const isThere = new Set<string>();
      for (const [id, use] of uses) if (await this.#addUse(tx, id, use)) isThere.add(id);
      const byLink = Map.groupBy(events, (event) => event.link_id);
      const news: LinkNews[] = [];
      for (const [linkId, rows] of byLink) {
        if (!isThere.has(linkId)) continue;
        for (let at = 0; at < rows.length; at += rowsAStatement) {
          await this.#addRows(tx, rows.slice(at, at + rowsAStatement));
        }
        await this.#removeOldest(tx, linkId);
        const dropped = rows.filter((row) => row.kind === 'dropped' && row.begun > 0);
        if (dropped.length > 0) news.push({ kind: 'dropped', linkId, events: dropped });
      }
      for (const [linkId, { downloads }] of uses) {
        if (downloads === 0 || !(await this.#noteFirstDownload(tx, linkId, now))) continue;
        const downloaded = (byLink.get(linkId) ?? []).filter(
          ({ kind }) => kind === 'downloaded' || kind === 'zipped',
        );
        news.push({ kind: 'first_download', linkId, events: downloaded });
      }
      if (news.length > 0) await tell(tx, news);
    });
  }

  /** False for a link that is gone. */
  async #addUse(tx: Tx, id: string, { opens, downloads, bytes, lastUsedAt }: LinkUse): Promise<boolean> {
    const result = await tx
      .updateTable('links')
      .set({
        opens: sql`opens + ${opens}`,
        downloads: sql`downloads + ${downloads}`,
        bytes_sent: sql`bytes_sent + ${bytes}`,
        ...(lastUsedAt > 0 && { last_used_at: lastUsedAt }),
      })
      .where('id', '=', id)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async #addRows(tx: Tx, rows: readonly LinkEventRow[]): Promise<void> {
    await tx
      .insertInto('link_events')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({
          last_at: sql`excluded.last_at`,
          begun: sql`link_events.begun + excluded.begun`,
          finished: sql`link_events.finished + excluded.finished`,
          running: sql`link_events.running + excluded.running`,
          bytes: sql`link_events.bytes + excluded.bytes`,
        }),
      )
      .execute();
  }

  async #removeOldest(tx: Tx, linkId: string): Promise<void> {
    const last = await tx
      .selectFrom('link_events')
      .select('last_at')
      .where('link_id', '=', linkId)
      .orderBy('last_at', 'desc')
      .limit(1)
      .offset(maxRowsPerLink)
      .executeTakeFirst();
    if (!last) return;
    await tx
      .deleteFrom('link_events')
      .where('link_id', '=', linkId)
      .where('last_at', '<=', last.last_at)
      .execute();
  }

  async #noteFirstDownload(tx: Tx, id: string, now: number): Promise<boolean> {
    const result = await tx
      .updateTable('links')
      .set({ first_download_at: now })
      .where('id', '=', id)
      .where('first_download_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Newest first. */
  list(
    linkId: string,
    { before, limit }: { before?: { createdAt: number; id: string }; limit: number },
  ): Promise<LinkEventRow[]> {
    let query = this.#db
      .selectFrom('link_events')
      .selectAll()
      .where('link_id', '=', linkId)
      .orderBy('last_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit);
    if (before) {
      query = query.where((eb) =>
        eb.or([
          eb('last_at', '<', before.createdAt),
          eb.and([eb('last_at', '=', before.createdAt), eb('id', '<', before.id)]),
        ]),
      );
    }
    return query.execute();
  }

  async removeBefore(time: number): Promise<void> {
    await this.#db.deleteFrom('link_events').where('last_at', '<', time).execute();
  }
}

import { sql } from 'kysely';
import type { EntryPath } from '../contract/path.ts';
import { compileOnce, textParameter } from '../database/compiled-query.ts';
import type { Db, DbOrTx, Tx } from '../database/connection.ts';
import { isBelow, isWithin, rebased } from '../database/path-query.ts';
import type { Database } from '../database/schema.ts';
import type { DropLimitColumns } from './drops-repository.ts';

export type LinkRow = Database['links'];
export type LinkItemRow = Database['link_items'];

/** A link with what the gate needs to know of its creator. */
export type GateRow = LinkRow & { creator_name: string; creator_is_admin: 0 | 1; creator_is_disabled: 0 | 1 };

export type LinkFilter = {
  creatorId?: string;
  creatorName?: string;
  /** Only links with an item in this root. */
  root?: EntryPath;
  /** Only links whose items are exactly these paths. */
  paths?: readonly EntryPath[];
  /** Part of a label or of an item's name. */
  text?: string;
  isEnded?: boolean;
  /** Strictly older than this link. */
  before?: { createdAt: number; id: string };
  limit: number;
  now: number;
};

/** A path that a live link gives, and who made that link. */
export type LinkedPath = { path: EntryPath; creator_id: string };

const noColumns: DropLimitColumns = { max_file_bytes: null, max_bytes: null, max_files: null, types: null };

export type DownloadKey = { linkId: string; client: string; path: string };

/** A link's item beside it; all null for a link that has lost its items. */
type NullableItem = {
  item_position: number | null;
  item_name: string | null;
  item_path: EntryPath | null;
  item_kind: LinkItemRow['kind'] | null;
};

function itemOf({
  id,
  item_position,
  item_name,
  item_path,
  item_kind,
}: LinkRow & NullableItem): LinkItemRow[] {
  if (item_position === null || item_name === null || item_path === null || item_kind === null) return [];
  return [{ link_id: id, position: item_position, name: item_name, path: item_path, kind: item_kind }];
}

export class LinksRepository {
  readonly #db: Db;
  readonly #rowsForGate: (id: string) => Promise<(GateRow & NullableItem)[]>;

  constructor(db: Db) {
    this.#db = db;
    this.#rowsForGate = compileOnce(
      db,
      db
        .selectFrom('links')
        .innerJoin('users', 'users.id', 'links.creator_id')
        .leftJoin('link_items', 'link_items.link_id', 'links.id')
        .selectAll('links')
        .select([
          'users.name as creator_name',
          'users.is_admin as creator_is_admin',
          'users.is_disabled as creator_is_disabled',
          'link_items.position as item_position',
          'link_items.name as item_name',
          'link_items.path as item_path',
          'link_items.kind as item_kind',
        ])
        .where('links.id', '=', textParameter)
        .orderBy('link_items.position'),
    );
  }

  async create(
    tx: Tx,
    link: LinkRow,
    items: readonly LinkItemRow[],
    drop?: Partial<DropLimitColumns>,
  ): Promise<void> {
    await tx.insertInto('links').values(link).execute();
    await tx.insertInto('link_items').values(items).execute();
    if (!drop) return;
    await tx
      .insertInto('drop_links')
      .values({ ...noColumns, ...drop, link_id: link.id, taken_files: 0, taken_bytes: 0 })
      .execute();
  }

  /** A link and its items, which every request under it begins with: in one query, since each has its price. */
  async findForGate(id: string): Promise<{ row: GateRow; items: LinkItemRow[] } | undefined> {
    const rows = await this.#rowsForGate(id);
    const [row] = rows;
    return row && { row, items: rows.flatMap(itemOf) };
  }

  itemsOf(linkIds: readonly string[]): Promise<LinkItemRow[]> {
    if (linkIds.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom('link_items')
      .selectAll()
      .where('link_id', 'in', linkIds)
      .orderBy('link_id')
      .orderBy('position')
      .execute();
  }

  /** Newest first. */
  list(filter: LinkFilter): Promise<GateRow[]> {
    const { creatorId, creatorName, root, paths, text, isEnded, before, limit, now } = filter;
    let query = this.#withCreators()
      .orderBy('links.created_at', 'desc')
      .orderBy('links.id', 'desc')
      .limit(limit);
    if (creatorId !== undefined) query = query.where('links.creator_id', '=', creatorId);
    if (creatorName !== undefined) query = query.where('users.name', '=', creatorName);
    if (root !== undefined) {
      query = query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('link_items')
            .select('position')
            .whereRef('link_id', '=', 'links.id')
            .where((inner) => isWithin<'link_items'>(root)(inner as never)),
        ),
      );
    }
    if (before) {
      query = query.where((eb) =>
        eb.or([
          eb('links.created_at', '<', before.createdAt),
          eb.and([eb('links.created_at', '=', before.createdAt), eb('links.id', '<', before.id)]),
        ]),
      );
    }
    if (isEnded !== undefined) {
      query = query.where((eb) => {
        const ended = eb.or([
          eb('links.revoked_at', 'is not', null),
          eb('links.expires_at', '<=', now),
          eb('links.used_downloads', '>=', eb.ref('links.max_downloads')),
          eb.not(
            eb.exists(eb.selectFrom('link_items').select('position').whereRef('link_id', '=', 'links.id')),
          ),
        ]);
        return isEnded ? ended : sql<boolean>`NOT coalesce(${ended}, FALSE)`;
      });
    }
    if (text) {
      // instr, not LIKE: what people type holds no wildcards.
      const contains = (column: string) => sql<boolean>`instr(lower(${sql.ref(column)}), lower(${text})) > 0`;
      query = query.where((eb) =>
        eb.or([
          contains('links.label'),
          eb.exists(
            eb
              .selectFrom('link_items')
              .select('position')
              .whereRef('link_id', '=', 'links.id')
              .where(contains('link_items.name')),
          ),
        ]),
      );
    }
    if (paths) {
      query = query.where((eb) =>
        eb.and([
          ...paths.map((path) =>
            eb.exists(
              eb
                .selectFrom('link_items')
                .select('position')
                .whereRef('link_id', '=', 'links.id')
                .where('path', '=', path),
            ),
          ),
          eb(
            eb
              .selectFrom('link_items')
              .select((inner) => inner.fn.countAll<number>().as('count'))
              .whereRef('link_id', '=', 'links.id'),
            '=',
            paths.length,
          ),
        ]),
      );
    }
    return query.execute();
  }

  #withCreators() {
    return this.#db
      .selectFrom('links')
      .innerJoin('users', 'users.id', 'links.creator_id')
      .selectAll('links')
      .select([
        'users.name as creator_name',
        'users.is_admin as creator_is_admin',
        'users.is_disabled as creator_is_disabled',
      ]);
  }

  find(id: string): Promise<GateRow | undefined> {
    return this.#withCreators().where('links.id', '=', id).executeTakeFirst();
  }

  /** Those that live and have one of these paths as an item, newest first. */
  listOnAny(paths: readonly EntryPath[], now: number, limit: number): Promise<GateRow[]> {
    return this.#withCreators()
      .where('links.revoked_at', 'is', null)
      .where((eb) => eb.or([eb('links.expires_at', 'is', null), eb('links.expires_at', '>', now)]))
      .where('links.id', 'in', (eb) =>
        eb.selectFrom('link_items').select('link_id').where('path', 'in', paths),
      )
      .orderBy('links.created_at', 'desc')
      .orderBy('links.id', 'desc')
      .limit(limit)
      .execute();
  }

  /** `by` is who did it, when that is not the creator. */
  async revoke(db: DbOrTx, id: string, now: number, by: string | null): Promise<void> {
    await db
      .updateTable('links')
      .set({ revoked_at: now, revoked_by: by })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute();
  }

  async update(db: DbOrTx, id: string, change: Partial<Omit<LinkRow, 'id' | 'creator_id'>>): Promise<void> {
    await db.updateTable('links').set(change).where('id', '=', id).execute();
  }

  async replaceItems(tx: Tx, id: string, items: readonly LinkItemRow[]): Promise<void> {
    await tx.deleteFrom('link_items').where('link_id', '=', id).execute();
    if (items.length > 0) await tx.insertInto('link_items').values(items).execute();
  }

  /** Takes one of the downloads that are left; false when there is none. */
  async takeDownload({ linkId, client, path }: DownloadKey, now: number): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const result = await tx
        .updateTable('links')
        .set({ used_downloads: sql`used_downloads + 1` })
        .where('id', '=', linkId)
        .where((eb) => eb('used_downloads', '<', eb.ref('max_downloads')))
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) return false;
      await tx
        .insertInto('link_downloads')
        .values({ link_id: linkId, client, path, granted_at: now })
        .onConflict((conflict) =>
          conflict.columns(['link_id', 'client', 'path']).doUpdateSet({ granted_at: now }),
        )
        .execute();
      return true;
    });
  }

  /** Whether this download was granted to this client since then. */
  async hasDownload({ linkId, client, path }: DownloadKey, since: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom('link_downloads')
      .select('granted_at')
      .where('link_id', '=', linkId)
      .where('client', '=', client)
      .where('path', '=', path)
      .where('granted_at', '>', since)
      .executeTakeFirst();
    return row !== undefined;
  }

  async countOf(creatorId: string): Promise<number> {
    const row = await this.#db
      .selectFrom('links')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('creator_id', '=', creatorId)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  #itemsOfLive(now: number) {
    return this.#db
      .selectFrom('link_items')
      .innerJoin('links', 'links.id', 'link_items.link_id')
      .select(['link_items.path', 'links.creator_id'])
      .distinct()
      .where('links.revoked_at', 'is', null)
      .where((eb) => eb.or([eb('links.expires_at', 'is', null), eb('links.expires_at', '>', now)]))
      .where((eb) =>
        eb.or([
          eb('links.max_downloads', 'is', null),
          eb('links.used_downloads', '<', eb.ref('links.max_downloads')),
        ]),
      );
  }

  /** The direct children of `folder` that are items of live links, and whose links. */
  linkedChildren(folder: EntryPath, now: number): Promise<LinkedPath[]> {
    return this.#itemsOfLive(now)
      .where((eb) => isBelow<'link_items'>(folder)(eb as never))
      .where(sql<boolean>`instr(substr(link_items.path, length(${folder}) + 2), '/') = 0`)
      .execute();
  }

  /** Of these paths, those that are items of live links, and whose links. */
  linkedAmong(paths: readonly EntryPath[], now: number): Promise<LinkedPath[]> {
    return this.#itemsOfLive(now).where('link_items.path', 'in', paths).execute();
  }

  async moved(tx: Tx, from: EntryPath, to: EntryPath): Promise<void> {
    await tx
      .updateTable('link_items')
      .set({ path: rebased(from, to) })
      .where(isWithin<'link_items'>(from))
      .execute();
  }

  /** A link loses the item; with the last of its items it is orphaned. */
  async removed(tx: Tx, path: EntryPath): Promise<void> {
    await tx.deleteFrom('link_items').where(isWithin<'link_items'>(path)).execute();
  }
}

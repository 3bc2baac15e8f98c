import { AppError } from '../contract/app-error.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Logger } from '../base/logger.ts';
import { noQuota } from '../accounts/users-repository.ts';
import { compileOnce } from '../database/compiled-query.ts';
import type { Db, DbOrTx, Tx } from '../database/connection.ts';
import { unsynced } from '../database/group-commit.ts';
import { isWithin } from '../database/path-query.ts';
import type { Storage } from '../storage/storage.ts';

/** How full a root is, in bytes; null without a quota, `usedBytes` also while it is being counted. */
export type QuotaStanding = { quotaBytes: number | null; usedBytes: number | null; restBytes: number | null };
export const noStanding: QuotaStanding = { quotaBytes: null, usedBytes: null, restBytes: null };

/** Room that is promised to bytes on their way. */
export type Promised = { id: string; root: EntryName; bytes: number };

type Dependencies = {
  db: Db;
  storage: Storage;
  clock: Clock;
  log: Logger;
  /** Of users for whom nothing else is set; null = none. */
  userQuota: number | null;
  rootQuotas: ReadonlyMap<string, number>;
};

/** Who holds a promise: an upload, until it ends, or this process, until the request ends. */
const uploadOwner = 'upload';
/** A promise is made before the row of its upload; after so long it must have one. */
const orphanMs = 3_600_000;
/** A root in which others change something all the time is counted so often before it is taken as it was. */
const maxCounts = 3;
/** So long an answer waits for a count that may be quick. */
const patienceMs = 500;

/**
 * What a root may hold. What it holds is counted once and then kept up with every change; room is promised in the
 * database before bytes take it, so that many at once cannot take the same.
 */
export class Quotas {
  readonly #with: Dependencies;
  readonly #owner = createIdentifier();
  readonly #findUserQuota: (name: EntryName) => Promise<{ quota_bytes: number | null }[]>;
  readonly #asking = new Map<EntryName, Promise<{ quota_bytes: number | null } | undefined>>();
  readonly #counting = new Map<EntryName, Promise<void>>();
  /** Changes between their bytes and their note, for each root. */
  readonly #placing = new Map<EntryName, number>();
  readonly #closing = new AbortController();
  #first: Promise<void> | undefined;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
    const { db } = dependencies;
    this.#findUserQuota = compileOnce(
      db,
      db.selectFrom('users').select('quota_bytes').where('name', '=', ''),
    );
  }

  /** null = none. `owner`: whose home it is, where that row was read already. */
  async limitOf(root: EntryName, owner?: { quota_bytes: number | null }): Promise<number | null> {
    const { storage, rootQuotas, userQuota } = this.#with;
    if (storage.isMount(root)) return rootQuotas.get(root) ?? null;
    const user = owner ?? (await this.#userOf(root));
    if (!user || user.quota_bytes === noQuota) return null;
    return user.quota_bytes ?? userQuota;
  }

  /** One query for all who ask at the same moment, as many small files do. */
  #userOf(root: EntryName): Promise<{ quota_bytes: number | null } | undefined> {
    let asking = this.#asking.get(root);
    if (!asking) {
      asking = this.#findUserQuota(root)
        .then(([user]) => user)
        .finally(() => this.#asking.delete(root));
      this.#asking.set(root, asking);
    }
    return asking;
  }

  async standing(root: EntryName, owner?: { quota_bytes: number | null }): Promise<QuotaStanding> {
    const quotaBytes = await this.limitOf(root, owner);
    if (quotaBytes === null) return noStanding;
    if (!(await this.#isCounted(root))) {
      const counted = this.recount(root).then(() => true);
      counted.catch((error: unknown) => this.#with.log.warn({ error, root }, 'a root could not be counted'));
      const patience = new Promise<false>((resolve) => setTimeout(resolve, patienceMs, false).unref());
      if (!(await Promise.race([counted, patience]).catch(() => false)))
        return { quotaBytes, usedBytes: null, restBytes: null };
    }
    const usedBytes = await this.#used(this.#with.db, root);
    return { quotaBytes, usedBytes, restBytes: Math.max(0, quotaBytes - usedBytes) };
  }

  /** Throws `out_of_space`, reason `quota`, when so many bytes more do not fit now. */
  async requireRoom(root: EntryName, bytes: number): Promise<void> {
    const limit = await this.limitOf(root);
    if (limit === null || bytes <= 0) return;
    await this.#counted(root);
    if ((await this.#used(this.#with.db, root)) + bytes > limit) throw quotaReached();
  }

  /** Promises room, or changes what was promised; throws as `requireRoom`. Nothing is too much of less than a byte. */
  async promise({ id, root, bytes }: Promised, owner = this.#owner): Promise<void> {
    const limit = await this.limitOf(root);
    if (limit === null) return;
    await this.#counted(root);
    const row = { id, root, bytes: Math.max(0, bytes), owner, touched_at: this.#with.clock().getTime() };
    await unsynced(this.#with.db, async (tx) => {
      await lock(tx, root);
      if (bytes > 0 && (await this.#used(tx, root, id)) + bytes > limit) throw quotaReached();
      await tx
        .insertInto('reservations')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ root, bytes: row.bytes }))
        .execute();
    });
  }

  /** As `promise`, for an upload: it holds until the upload ends, over a restart as well. */
  async promiseUpload(promised: Promised): Promise<void> {
    await this.promise(promised, uploadOwner);
  }

  async release(id: string): Promise<void> {
    await unsynced(this.#with.db, async (tx) => {
      await tx.deleteFrom('reservations').where('id', '=', id).execute();
    });
  }

  /** Notes that a root holds `bytes` more, or fewer, and ends the promise for them. */
  async settle({ id, root, bytes }: Promised): Promise<void> {
    await unsynced(this.#with.db, async (tx) => {
      await tx.deleteFrom('reservations').where('id', '=', id).execute();
      await tx
        .updateTable('root_usage')
        .set((eb) => ({ bytes: eb('bytes', '+', bytes), changes: eb('changes', '+', 1) }))
        .where('root', '=', root)
        .execute();
    });
  }

  /** Says that bytes are about to change and their note is still to come; call what it answers when it has. */
  enter(root: EntryName): () => void {
    this.#placing.set(root, (this.#placing.get(root) ?? 0) + 1);
    return () => {
      const left = (this.#placing.get(root) ?? 1) - 1;
      if (left === 0) this.#placing.delete(root);
      else this.#placing.set(root, left);
    };
  }

  /** How often something in a root has changed. */
  async changesOf(root: EntryName): Promise<number> {
    return Number((await usageOf(this.#with.db, root))?.changes ?? 0);
  }

  /** They are counted anew when it is next asked what they hold. */
  async forget(...roots: EntryName[]): Promise<void> {
    await this.#with.db.deleteFrom('root_usage').where('root', 'in', roots).execute();
  }

  /** Counts, on the first call in the background, every root with a quota, and strikes out promises to nobody. */
  async sweep(): Promise<void> {
    const { db, clock } = this.#with;
    await db
      .deleteFrom('reservations')
      .where((eb) =>
        eb.or([
          eb('owner', 'not in', [uploadOwner, this.#owner]),
          eb.and([
            eb('owner', '=', uploadOwner),
            eb('touched_at', '<', clock().getTime() - orphanMs),
            eb('id', 'not in', eb.selectFrom('uploads').select('id').where('finished_at', 'is', null)),
          ]),
        ]),
      )
      .execute();
    this.#first ??= this.#countAll();
  }

  async #countAll(): Promise<void> {
    const { db, storage, log } = this.#with;
    const users = await db.selectFrom('users').select('name').execute();
    const roots = [...storage.mountNames(), ...users.map(({ name }) => name as EntryName)];
    for (const root of roots) {
      if (this.#closing.signal.aborted) return;
      try {
        if ((await this.limitOf(root)) === null) await this.forget(root);
        else await this.recount(root);
      } catch (error) {
        if (!this.#closing.signal.aborted) log.warn({ error, root }, 'a root could not be counted');
      }
    }
  }

  /** Counts what is there: another program may have changed it. Requests go on with what was known. */
  recount(root: EntryName): Promise<void> {
    let running = this.#counting.get(root);
    if (!running) {
      running = this.#count(root).finally(() => this.#counting.delete(root));
      this.#counting.set(root, running);
    }
    return running;
  }

  async #count(root: EntryName): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const before = await this.#beginCount(root);
      const isQuiet = () => !this.#placing.has(root);
      const wasQuiet = isQuiet();
      const found = await this.#with.storage.bytesOf(root as string as EntryPath, this.#closing.signal);
      const isDone = await unsynced(this.#with.db, async (tx) => {
        const now = await usageOf(tx, root);
        if (!now) return false;
        const isExact = wasQuiet && isQuiet() && now.changes === before.changes;
        if (!isExact && attempt < maxCounts) return false;
        const bytes = isExact ? found : found + now.bytes - before.bytes;
        const countedAt = this.#with.clock().getTime();
        await tx
          .updateTable('root_usage')
          .set({ bytes, counted_at: countedAt })
          .where('root', '=', root)
          .execute();
        return true;
      });
      if (isDone) return;
    }
  }

  /** Uploads that were begun before there was a quota are promised their room now. */
  #beginCount(root: EntryName): Promise<{ bytes: number; changes: number }> {
    return unsynced(this.#with.db, async (tx) => {
      const known = await usageOf(tx, root);
      if (known) return known;
      const begun = { bytes: 0, changes: 0 };
      await tx
        .insertInto('root_usage')
        .values({ root, ...begun, counted_at: null })
        .execute();
      const uploads = await tx
        .selectFrom('uploads')
        .select(['id', 'size as bytes', 'created_at as touched_at'])
        .where('finished_at', 'is', null)
        .where(isWithin<'uploads'>(root as string as EntryPath))
        .execute();
      for (const upload of uploads) {
        await tx
          .insertInto('reservations')
          .values({ ...upload, root, owner: uploadOwner })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }
      return begun;
    });
  }

  async #isCounted(root: EntryName): Promise<boolean> {
    return ((await usageOf(this.#with.db, root))?.counted_at ?? null) !== null;
  }

  async #counted(root: EntryName): Promise<void> {
    if (!(await this.#isCounted(root))) await this.recount(root);
  }

  /** What a root holds and what is promised of it, but for the promise `id`. */
  async #used(db: DbOrTx, root: EntryName, id = ''): Promise<number> {
    const { promised } = await db
      .selectFrom('reservations')
      .select((eb) => eb.fn.sum<number | null>('bytes').as('promised'))
      .where('root', '=', root)
      .where('id', '!=', id)
      .executeTakeFirstOrThrow();
    return Number((await usageOf(db, root))?.bytes ?? 0) + Number(promised ?? 0);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([this.#first, ...this.#counting.values()]);
  }
}

async function usageOf(db: DbOrTx, root: EntryName) {
  return db.selectFrom('root_usage').selectAll().where('root', '=', root).executeTakeFirst();
}

/** Of two that ask for the last room, one waits for the other. */
async function lock(tx: Tx, root: EntryName): Promise<void> {
  await tx
    .updateTable('root_usage')
    .set((eb) => ({ changes: eb.ref('changes') }))
    .where('root', '=', root)
    .execute();
}

function quotaReached(): AppError {
  return new AppError(
    'out_of_space',
    'The quota does not leave enough room for this. Delete something, or ask the administrator for more.',
    { reason: 'quota' },
  );
}

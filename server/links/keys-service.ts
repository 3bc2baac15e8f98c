import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { AuditActor } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db } from '../database/connection.ts';
import { addKey, destroyKey } from './key-folder.ts';
import type { KeyRing } from './key-ring.ts';

/** A key and how many live links have an address that was signed with it. */
export type KeyUse = { kid: string; isCurrent: boolean; liveLinks: number };

type Dependencies = { db: Db; audit: AuditLog; keys: KeyRing; folder: string; clock: Clock };

/** Changing the keys that links are signed with, on the installation itself. */
export class KeysService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Newest first. */
  async list(): Promise<KeyUse[]> {
    const { all, current } = this.#with.keys;
    return Promise.all(
      all.map(async ({ kid }) => ({
        kid,
        isCurrent: kid === current.kid,
        liveLinks: await this.#countLive(kid),
      })),
    );
  }

  /** Makes a new key for links from now on. What is out there stays good, until the old key is retired. */
  async rotate(by: AuditActor): Promise<string> {
    const { db, audit, keys, folder } = this.#with;
    const before = keys.oldest.kid;
    const { kid } = addKey(folder);
    await db.transaction().execute(async (tx) => {
      await tx.updateTable('links').set({ kid: before }).where('kid', 'is', null).execute();
      await audit.record(tx, by, { action: 'key.rotate', target: `key:${kid}` });
    });
    return kid;
  }

  /** Destroys an old key, and with it every address that was signed with it; answers how many live links had one. */
  async retire(by: AuditActor, kid: string): Promise<number> {
    const use = await this.requireOld(kid);
    const { db, audit, keys, folder } = this.#with;
    const isOldest = kid === keys.oldest.kid;
    await db.transaction().execute(async (tx) => {
      // Their owners are shown addresses by the current key from now on, which are counted with it.
      await tx
        .updateTable('links')
        .set({ kid: keys.current.kid })
        .where((eb) => (isOldest ? eb.or([eb('kid', '=', kid), eb('kid', 'is', null)]) : eb('kid', '=', kid)))
        .execute();
      await audit.record(tx, by, {
        action: 'key.retire',
        target: `key:${kid}`,
        detail: { liveLinks: use.liveLinks },
      });
      destroyKey(folder, kid);
    });
    return use.liveLinks;
  }

  /** Throws `not_found`, or `conflict` for the key in use. */
  async requireOld(kid: string): Promise<KeyUse> {
    const use = (await this.list()).find((candidate) => candidate.kid === kid);
    if (!use) throw new AppError('not_found', `There is no key "${kid}". See: drey key ls`);
    if (use.isCurrent) {
      throw new AppError('conflict', 'New links are signed with this key. Rotate first: drey key rotate');
    }
    return use;
  }

  async #countLive(kid: string): Promise<number> {
    const { db, keys, clock } = this.#with;
    const isOldest = kid === keys.oldest.kid;
    const row = await db
      .selectFrom('links')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where((eb) => (isOldest ? eb.or([eb('kid', '=', kid), eb('kid', 'is', null)]) : eb('kid', '=', kid)))
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', clock().getTime())]))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }
}

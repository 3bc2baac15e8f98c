import { AppError } from '../contract/app-error.ts';
import { includesLevel, type Level } from '../contract/level.ts';
import type { EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import { notFound, type AccessControl } from '../access/access-control.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db } from '../database/connection.ts';
import type { SignedInUser, UserActor } from '../access/actor.ts';
import { userGrantee, type GrantRow, type GrantsRepository } from '../access/grants-repository.ts';
import type { GranteeNames } from './grantee-names.ts';
import { actorOf } from './user-actor.ts';
import type { UsersRepository } from './users-repository.ts';

/** A grant with people's names in the place of their ids. */
export type NamedGrant = {
  path: EntryPath;
  grantee: string;
  level: Level;
  grantedBy: string;
  createdAt: number;
};

/** Why somebody has the level they have; without a cause there is none, or only a way through to something below. */
export type NamedExplanation = {
  level: Level | undefined;
  cause: { kind: 'own' } | { kind: 'grant'; path: EntryPath; grantee: string; level: Level } | undefined;
};

/** Whether something is at a path; what does not exist cannot be shared. */
export type Exists = (path: EntryPath) => Promise<boolean>;

/** Which grants are asked for: those that bear on an entry, those one gave, or those one was given. */
export type GrantQuery = { path: EntryPath } | 'given' | 'received';

type Dependencies = {
  db: Db;
  audit: AuditLog;
  grants: GrantsRepository;
  users: UsersRepository;
  names: GranteeNames;
  access: AccessControl;
  exists: Exists;
  clock: Clock;
};

/** Giving teammates a level on an entry, and taking it back. */
export class GrantsService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  async list(actor: UserActor, query: GrantQuery): Promise<NamedGrant[]> {
    const { grants, access } = this.#with;
    if (typeof query === 'string' && actor.narrowing) {
      throw new AppError('forbidden', 'This token is for files only. Ask about one entry.', {
        reason: 'narrowed_token',
      });
    }
    if (query === 'received') return this.#named(await grants.rulesOf(actor.id));
    if (query === 'given') {
      const given = await grants.find({ grantedBy: actor.id });
      // Where what one does not see any more is now is not one's own to know.
      const levels = await Promise.all(given.map(({ path }) => access.levelOn(actor, path)));
      return this.#named(given.filter((_, index) => levels[index] !== undefined));
    }
    await access.require(actor, query.path, 'manage');
    await this.#requireThere(query.path);
    return this.#named(await grants.find({ onLineageOf: query.path }));
  }

  /** Grants `level`; answers the level that the grantee has now, which may be higher by another grant. */
  async create(
    actor: SignedInUser,
    path: EntryPath,
    grantee: string,
    level: Level,
  ): Promise<{ grant: NamedGrant; effectiveLevel: Level }> {
    await this.#with.access.require(actor, path, 'manage');
    await this.#requireThere(path);
    const granteeId = await this.#with.names.toId(grantee);
    if (granteeId === userGrantee(actor.id)) {
      // It would outlive the right by which it is given.
      throw new AppError('invalid', 'You cannot give access to yourself.', { reason: 'own' });
    }
    const row: GrantRow = {
      path,
      grantee: granteeId,
      level,
      granted_by: actor.id,
      created_at: this.#with.clock().getTime(),
    };
    await this.#with.db.transaction().execute(async (tx) => {
      await this.#with.grants.put(tx, row);
      await this.#with.audit.record(tx, actor, {
        action: 'grant.create',
        target: grantee,
        path,
        detail: { level },
      });
    });
    if (!(await this.#with.exists(path))) {
      // Deleted or moved away meanwhile: what comes to this place later was not granted.
      await this.#with.db.transaction().execute((tx) => this.#with.grants.remove(tx, path, granteeId));
      throw notFound();
    }
    const [grant] = await this.#named([row]);
    return {
      grant: grant as NamedGrant,
      effectiveLevel: (await this.#effectiveLevel(grantee, path)) ?? level,
    };
  }

  async remove(actor: SignedInUser, path: EntryPath, grantee: string): Promise<void> {
    await this.#with.access.require(actor, path, 'manage');
    const granteeId = await this.#with.names.toId(grantee);
    await this.#with.db.transaction().execute(async (tx) => {
      if (!(await this.#with.grants.remove(tx, path, granteeId))) {
        throw new AppError('not_found', 'There is no such grant here.');
      }
      await this.#with.audit.record(tx, actor, { action: 'grant.delete', target: grantee, path });
    });
  }

  /** Why a user has the level they have. For whoever manages the entry, and for oneself. */
  async explain(actor: UserActor, path: EntryPath, userName: string): Promise<NamedExplanation> {
    if (userName !== actor.name || actor.narrowing) await this.#with.access.require(actor, path, 'manage');
    const user = await this.#with.users.findByName(userName);
    if (!user) throw new AppError('not_found', `There is no user "${userName}".`, { reason: 'no_user' });
    const { level, isInherent, rule } = await this.#with.access.explain(actorOf(user), path);
    // Who may not see the place is not told whether something is there.
    if (level !== undefined || userName !== actor.name) await this.#requireThere(path);
    if (isInherent) return { level, cause: { kind: 'own' } };
    if (!rule) return { level, cause: undefined };
    const names = await this.#with.names.toNames([rule.grantee]);
    return {
      level,
      cause: { kind: 'grant', path: rule.path, level: rule.level, grantee: names.get(rule.grantee) ?? '' },
    };
  }

  async #requireThere(path: EntryPath): Promise<void> {
    if (!(await this.#with.exists(path))) throw notFound();
  }

  async #effectiveLevel(grantee: string, path: EntryPath): Promise<Level | undefined> {
    const [, name] = /^user:(.+)$/.exec(grantee) ?? [];
    const user = name === undefined ? undefined : await this.#with.users.findByName(name);
    return user && this.#with.access.levelOn(actorOf(user), path);
  }

  async #named(rows: readonly GrantRow[]): Promise<NamedGrant[]> {
    const names = await this.#with.names.toNames(
      rows.flatMap((row) => [row.grantee, userGrantee(row.granted_by)]),
    );
    return rows.map((row) => ({
      path: row.path,
      grantee: names.get(row.grantee) ?? '',
      level: row.level,
      grantedBy: (names.get(userGrantee(row.granted_by)) ?? '').replace(/^user:/, ''),
      createdAt: row.created_at,
    }));
  }
}

/** Why a grant changed nothing, in words, or undefined when it did what was asked. */
export function explainLesserGrant(asked: Level, effective: Level): string | undefined {
  if (asked === effective || !includesLevel(effective, asked)) return undefined;
  return `They already have "${effective}" here by another grant; a lesser one takes nothing away.`;
}

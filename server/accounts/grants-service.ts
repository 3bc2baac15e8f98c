import { AppError } from '../contract/app-error.ts';
import { includesLevel, type Level } from '../contract/level.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { UserActor } from '../access/actor.ts';
import {
  publicGrantee,
  userGrantee,
  type GrantRow,
  type GrantsRepository,
} from '../access/grants-repository.ts';
import type { UsersRepository } from './users-repository.ts';

/** A grant with people's names in the place of their ids. */
export type NamedGrant = {
  path: EntryPath;
  grantee: string;
  level: Level;
  grantedBy: string;
  createdAt: number;
};

/** Whether something is at a path; what does not exist cannot be shared. */
export type Exists = (path: EntryPath) => Promise<boolean>;

/** Giving teammates a level on an entry, and taking it back. */
export class GrantsService {
  readonly #grants: GrantsRepository;
  readonly #users: UsersRepository;
  readonly #access: AccessControl;
  readonly #exists: Exists;
  readonly #clock: Clock;

  constructor(
    grants: GrantsRepository,
    users: UsersRepository,
    access: AccessControl,
    exists: Exists,
    clock: Clock,
  ) {
    this.#grants = grants;
    this.#users = users;
    this.#access = access;
    this.#exists = exists;
    this.#clock = clock;
  }

  async list(actor: UserActor, path: EntryPath | undefined): Promise<NamedGrant[]> {
    if (path) await this.#access.require(actor, path, 'manage');
    return this.#named(await this.#grants.find(path ? { onLineageOf: path } : { grantedBy: actor.id }));
  }

  /** Grants `level`; answers the level that the grantee has now, which may be higher by another grant. */
  async create(
    actor: UserActor,
    path: EntryPath,
    grantee: string,
    level: Level,
  ): Promise<{ grant: NamedGrant; effectiveLevel: Level }> {
    await this.#access.require(actor, path, 'manage');
    if (!(await this.#exists(path))) throw new AppError('not_found', 'There is nothing here to share.');
    const row: GrantRow = {
      path,
      grantee: await this.#granteeId(grantee),
      level,
      granted_by: actor.id,
      created_at: this.#clock().getTime(),
    };
    await this.#grants.put(row);
    const [grant] = await this.#named([row]);
    return {
      grant: grant as NamedGrant,
      effectiveLevel: (await this.#effectiveLevel(grantee, path)) ?? level,
    };
  }

  async remove(actor: UserActor, path: EntryPath, grantee: string): Promise<void> {
    await this.#access.require(actor, path, 'manage');
    if (!(await this.#grants.remove(path, await this.#granteeId(grantee)))) {
      throw new AppError('not_found', 'There is no such grant here.');
    }
  }

  async #granteeId(grantee: string): Promise<string> {
    if (grantee === publicGrantee) return publicGrantee;
    const user = await this.#users.findByName(grantee.replace(/^user:/, ''));
    if (!user) throw new AppError('not_found', 'There is no such user.', { reason: 'no_user' });
    return userGrantee(user.id);
  }

  async #effectiveLevel(grantee: string, path: EntryPath): Promise<Level | undefined> {
    if (grantee === publicGrantee) return undefined;
    const user = await this.#users.findByName(grantee.replace(/^user:/, ''));
    if (!user) return undefined;
    return this.#access.levelOn(
      {
        kind: 'user',
        id: user.id,
        name: user.name as EntryName,
        isAdmin: user.is_admin === 1,
        via: { kind: 'token', id: '' },
      },
      path,
    );
  }

  async #named(rows: readonly GrantRow[]): Promise<NamedGrant[]> {
    const ids = rows.flatMap((row) => [row.granted_by, row.grantee.replace(/^user:/, '')]);
    const names = new Map(
      (await this.#users.findByIds([...new Set(ids)])).map((user) => [user.id, user.name]),
    );
    return rows.map((row) => ({
      path: row.path,
      grantee:
        row.grantee === publicGrantee ? publicGrantee : `user:${names.get(row.grantee.slice(5)) ?? ''}`,
      level: row.level,
      grantedBy: names.get(row.granted_by) ?? '',
      createdAt: row.created_at,
    }));
  }
}

/** Why a grant changed nothing, in words, or undefined when it did what was asked. */
export function explainLesserGrant(asked: Level, effective: Level): string | undefined {
  if (asked === effective || !includesLevel(effective, asked)) return undefined;
  return `They already have "${effective}" here by another grant; a lesser one takes nothing away.`;
}

import { AppError } from '../contract/app-error.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { Quota } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { AuditActor } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { RevocationLog } from '../database/revocation-log.ts';
import type { SignedInUser } from '../access/actor.ts';
import { userGrantee, type GrantsRepository } from '../access/grants-repository.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { SessionsRepository } from './sessions-repository.ts';
import { noQuota, type UserRow, type UsersRepository } from './users-repository.ts';

/** Without a password they sign in by a provider only. */
export type NewUser = { name: string; password: string | undefined; isAdmin: boolean };
export type UserChange = {
  password?: string | undefined;
  currentPassword?: string | undefined;
  isAdmin?: boolean | undefined;
  isDisabled?: boolean | undefined;
  email?: string | null | undefined;
  quota?: Quota | undefined;
};
/** Who changes a user: someone signed in, or whoever runs commands on the installation. */
export type UserChanger = SignedInUser | Extract<AuditActor, { kind: 'operator' }>;

/** What is done in the transaction that creates a user; each may still refuse. */
export type CreationSteps = {
  before?: (tx: Tx) => Promise<void>;
  after?: (tx: Tx, user: UserRow) => Promise<void>;
};

/** Makes the folder of a new user; throws `conflict` when one of that name is there already. */
export type CreateHome = (name: EntryName) => Promise<void>;

type Dependencies = {
  db: Db;
  audit: AuditLog;
  revocations: RevocationLog;
  users: UsersRepository;
  sessions: SessionsRepository;
  grants: GrantsRepository;
  hasher: PasswordHasher;
  limiter: AttemptLimiter;
  createHome: CreateHome;
  /** Gives up what a user has begun, before their rows go. */
  giveUpUploads: (userId: string) => Promise<void>;
  clock: Clock;
};

export class UsersService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  async get(name: string): Promise<UserRow> {
    const user = await this.#with.users.findByName(name);
    if (!user) throw new AppError('not_found', 'There is no such user.');
    return user;
  }

  list(): Promise<UserRow[]> {
    return this.#with.users.list();
  }

  /** Whether nobody exists yet, so that the first administrator may be set up. */
  isFirstRun(): Promise<boolean> {
    return this.#with.users.isEmpty();
  }

  /** Creates the first administrator; of two who try at once, one is told that it is done. */
  createFirst(by: AuditActor, newUser: Omit<NewUser, 'isAdmin'>): Promise<UserRow> {
    return this.create(
      by,
      { ...newUser, isAdmin: true },
      {
        before: async (tx) => {
          if (!(await this.#with.users.isEmpty(tx))) {
            throw new AppError('not_found', 'Drey is already set up. Sign in instead.');
          }
        },
      },
    );
  }

  /** Creates a user with an empty home. */
  async create(
    by: AuditActor,
    { name, password, isAdmin }: NewUser,
    { before, after }: CreationSteps = {},
  ): Promise<UserRow> {
    const row: UserRow = {
      id: createIdentifier(),
      name,
      password_hash: password === undefined ? '' : await this.#with.hasher.hash(password),
      is_admin: isAdmin ? 1 : 0,
      is_disabled: 0,
      quota_bytes: null,
      created_at: this.#with.clock().getTime(),
      email: null,
      last_seen_at: null,
    };
    return this.#with.db.transaction().execute(async (tx) => {
      await before?.(tx);
      const twin = await tx.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst();
      if (twin) throw new AppError('conflict', `There is a user "${name}" already.`, { reason: 'exists' });
      await this.#with.createHome(name as EntryName);
      // What was granted in the home of an earlier user of that name was not granted in this one's.
      await this.#with.grants.removed(tx, name as EntryPath);
      await this.#with.users.forgetUsage(tx, name);
      await this.#with.users.create(tx, row);
      await this.#with.audit.record(tx, by, {
        action: 'user.create',
        target: `user:${name}`,
        detail: { isAdmin },
      });
      await after?.(tx, row);
      return row;
    });
  }

  /**
   * Changes a user. One's own password needs the current one, and ends every other session; standing is an
   * administrator's to change, and the last active administrator keeps theirs.
   */
  async update(by: UserChanger, name: string, change: UserChange): Promise<UserRow> {
    const self = by.kind === 'user' && by.name === name ? by : undefined;
    const mayChangeAll = by.kind === 'operator' || by.isAdmin;
    if (!self && !mayChangeAll) throw new AppError('not_found', 'There is no such user.');
    const user = await this.get(name);
    const { isAdmin, isDisabled, quota } = change;
    if ([isAdmin, isDisabled, quota].some((standing) => standing !== undefined) && !mayChangeAll) {
      throw new AppError('forbidden', 'Only an administrator may change that.');
    }
    if (change.password !== undefined && self) await this.#proveSelf(user, change.currentPassword);
    const row: Partial<UserRow> = {};
    if (change.password !== undefined) row.password_hash = await this.#with.hasher.hash(change.password);
    if (change.isAdmin !== undefined) row.is_admin = change.isAdmin ? 1 : 0;
    if (change.isDisabled !== undefined) row.is_disabled = change.isDisabled ? 1 : 0;
    if (change.email !== undefined) row.email = change.email;
    if (quota !== undefined) row.quota_bytes = quotaBytesOf(quota);
    if (Object.keys(row).length === 0) return user;
    await this.#with.db.transaction().execute(async (tx) => {
      if (change.isAdmin === false || change.isDisabled === true) {
        await this.#requireNotLast(tx, user);
        await this.#withdrawInvites(tx, by, user);
      }
      await this.#with.users.update(tx, user.id, row);
      // What no quota was on nobody has counted.
      if (quota !== undefined) await this.#with.users.forgetUsage(tx, name);
      await this.#noteChange(tx, user.id, change);
      if (change.password !== undefined || change.isDisabled) {
        await this.#with.sessions.removeAllOf(
          tx,
          user.id,
          self?.via.kind === 'session' ? self.via.id : undefined,
        );
      }
      const { email } = change;
      await this.#with.audit.record(tx, by, {
        action: 'user.change',
        target: `user:${name}`,
        detail: {
          isAdmin,
          isDisabled,
          email,
          quota,
          ...(change.password !== undefined && { password: true }),
        },
      });
    });
    return { ...user, ...row };
  }

  /** What a restored database must not forget. */
  async #noteChange(tx: Tx, id: string, { password, isDisabled }: UserChange): Promise<void> {
    const { revocations } = this.#with;
    if (password !== undefined) await revocations.note(tx, { kind: 'password_changed', id });
    if (isDisabled === undefined) return;
    await revocations.note(tx, { kind: isDisabled ? 'user_disabled' : 'user_enabled', id });
  }

  async #proveSelf(user: UserRow, currentPassword: string | undefined): Promise<void> {
    if (currentPassword === undefined) {
      throw new AppError('invalid', 'Give your current password as well.', {
        reason: 'current_password_needed',
      });
    }
    const limits = [{ name: `password:${user.id}`, max: 10 }];
    await this.#with.limiter.charge(limits);
    if (!(await this.#with.hasher.verify(currentPassword, user.password_hash))) {
      throw new AppError('forbidden', 'The current password is not right.', { reason: 'wrong_password' });
    }
    await this.#with.limiter.refund(limits);
  }

  /** Asked of the row as it is in this transaction: two administrators may be demoting each other. */
  async #requireNotLast(tx: Tx, { id }: UserRow): Promise<void> {
    const user = await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    if (user?.is_admin && !user.is_disabled && (await this.#with.users.countActiveAdmins(tx)) === 1) {
      throw new AppError('conflict', 'This is the last administrator. Make someone else one first.');
    }
  }

  /** What an administrator invited to holds for as long as they may invite. */
  async #withdrawInvites(tx: Tx, by: AuditActor, { id }: UserRow): Promise<void> {
    const open = tx.deleteFrom('invites').where('creator_id', '=', id).where('accepted_at', 'is', null);
    for (const invite of await open.returning('id').execute())
      await this.#with.audit.record(tx, by, { action: 'invite.withdraw', detail: invite });
  }

  /**
   * Deletes a user. Sessions, tokens, links, uploads, and grants by and to them end; their files stay where they are.
   */
  async remove(by: AuditActor, name: string): Promise<void> {
    const user = await this.get(name);
    await this.#with.db.transaction().execute((tx) => this.#requireNotLast(tx, user));
    await this.#with.giveUpUploads(user.id);
    await this.#with.db.transaction().execute(async (tx) => {
      await this.#requireNotLast(tx, user);
      await this.#withdrawInvites(tx, by, user);
      await this.#with.grants.removeGrantee(tx, userGrantee(user.id));
      await this.#with.grants.removeGrantedBy(tx, user.id);
      await this.#with.users.remove(tx, user.id);
      await this.#with.revocations.note(tx, { kind: 'user_deleted', id: user.id });
      await this.#with.audit.record(tx, by, { action: 'user.delete', target: `user:${name}` });
    });
  }
}

function quotaBytesOf(quota: Quota): number | null {
  if (quota === 'default') return null;
  return quota === 'none' ? noQuota : quota;
}

/** What was set for a user. */
export function quotaOf({ quota_bytes: bytes }: Pick<UserRow, 'quota_bytes'>): Quota {
  if (bytes === null) return 'default';
  return bytes === noQuota ? 'none' : bytes;
}

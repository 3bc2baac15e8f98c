import { AppError } from '../contract/app-error.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Db } from '../database/connection.ts';
import type { SignedInUser } from '../access/actor.ts';
import { userGrantee, type GrantsRepository } from '../access/grants-repository.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { SessionsRepository } from './sessions-repository.ts';
import type { UserRow, UsersRepository } from './users-repository.ts';

export type NewUser = { name: string; password: string; isAdmin: boolean };
export type UserChange = {
  password?: string | undefined;
  currentPassword?: string | undefined;
  isAdmin?: boolean | undefined;
  isDisabled?: boolean | undefined;
  email?: string | null | undefined;
};

/** Makes the folder of a new user; throws `conflict` when one of that name is there already. */
export type CreateHome = (name: EntryName) => Promise<void>;

type Dependencies = {
  db: Db;
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
  createFirst(newUser: Omit<NewUser, 'isAdmin'>): Promise<UserRow> {
    return this.#create({ ...newUser, isAdmin: true }, true);
  }

  create(newUser: NewUser): Promise<UserRow> {
    return this.#create(newUser, false);
  }

  async #create({ name, password, isAdmin }: NewUser, mustBeFirst: boolean): Promise<UserRow> {
    const row: UserRow = {
      id: createIdentifier(),
      name,
      password_hash: await this.#with.hasher.hash(password),
      is_admin: isAdmin ? 1 : 0,
      is_disabled: 0,
      quota_bytes: null,
      created_at: this.#with.clock().getTime(),
      email: null,
    };
    return this.#with.db.transaction().execute(async (tx) => {
      if (mustBeFirst && !(await this.#with.users.isEmpty(tx))) {
        throw new AppError('not_found', 'Drey is already set up. Sign in instead.');
      }
      const twin = await tx.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst();
      if (twin) throw new AppError('conflict', `There is a user "${name}" already.`, { reason: 'exists' });
      await this.#with.createHome(name as EntryName);
      // What was granted in the home of an earlier user of that name was not granted in this one's.
      await this.#with.grants.removed(tx, name as EntryPath);
      await this.#with.users.create(tx, row);
      return row;
    });
  }

  /**
   * Changes a user. One's own password needs the current one, and ends every other session; standing is an
   * administrator's to change, and the last active administrator keeps theirs.
   */
  async update(actor: SignedInUser, name: string, change: UserChange): Promise<UserRow> {
    const isSelf = actor.name === name;
    if (!isSelf && !actor.isAdmin) throw new AppError('not_found', 'There is no such user.');
    const user = await this.get(name);
    if ((change.isAdmin !== undefined || change.isDisabled !== undefined) && !actor.isAdmin) {
      throw new AppError('forbidden', 'Only an administrator may change that.');
    }
    if (change.password !== undefined && isSelf) await this.#proveSelf(user, change.currentPassword);

    const demotes = change.isAdmin === false || change.isDisabled === true;
    if (demotes && user.is_admin && !user.is_disabled && (await this.#with.users.countActiveAdmins()) === 1) {
      throw new AppError('conflict', 'This is the last administrator. Make someone else one first.');
    }
    const row: Partial<UserRow> = {};
    if (change.password !== undefined) row.password_hash = await this.#with.hasher.hash(change.password);
    if (change.isAdmin !== undefined) row.is_admin = change.isAdmin ? 1 : 0;
    if (change.isDisabled !== undefined) row.is_disabled = change.isDisabled ? 1 : 0;
    if (change.email !== undefined) row.email = change.email;
    if (Object.keys(row).length > 0) await this.#with.users.update(user.id, row);
    if (change.password !== undefined || change.isDisabled) {
      await this.#with.sessions.removeAllOf(
        user.id,
        actor.via.kind === 'session' && isSelf ? actor.via.id : undefined,
      );
    }
    return { ...user, ...row };
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

  /** Deletes a user. Sessions, tokens, links, uploads and grants to them end; their files stay where they are. */
  async remove(name: string): Promise<void> {
    const user = await this.get(name);
    if (user.is_admin && !user.is_disabled && (await this.#with.users.countActiveAdmins()) === 1) {
      throw new AppError('conflict', 'This is the last administrator. Make someone else one first.');
    }
    await this.#with.giveUpUploads(user.id);
    await this.#with.db.transaction().execute(async (tx) => {
      await this.#with.grants.removeGrantee(tx, userGrantee(user.id));
      await this.#with.users.remove(tx, user.id);
    });
  }
}

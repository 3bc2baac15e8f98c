import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier, createSecret, hashSecret } from '../base/identifier.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { SignedInUser } from '../access/actor.ts';
import { actorOf } from './user-actor.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { SessionRow, SessionsRepository } from './sessions-repository.ts';
import type { UserRow, UsersRepository } from './users-repository.ts';

/** Where a sign-in comes from, as it is shown to the user later. */
export type Client = { address: string; userAgent: string };

/** A session is written to at most this often when it is used. */
const touchEveryMs = 5 * 60_000;

/** By what someone showed who they are. */
export type SignInWay = 'password' | 'provider' | 'invite' | 'setup';

type Dependencies = {
  db: Db;
  audit: AuditLog;
  users: UsersRepository;
  sessions: SessionsRepository;
  hasher: PasswordHasher;
  limiter: AttemptLimiter;
  clock: Clock;
  /** After so long without use a session ends. */
  idleMs: number;
};

export class SessionsService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /**
   * Checks a name and a password and opens a session; the answer's `secret` is the cookie. A wrong name and a wrong
   * password cost the same and are answered alike.
   */
  async signIn(name: string, password: string, client: Client): Promise<{ user: UserRow; secret: string }> {
    const limits = [
      { name: `address:${client.address}`, max: 30 },
      { name: `name:${hashSecret(name)}`, max: 10 },
    ];
    await this.#with.limiter.charge(limits);
    const user = await this.#with.users.findByName(name);
    const isRight = await this.#with.hasher.verify(password, user?.password_hash);
    if (!user || !isRight || user.is_disabled) {
      // A name that nobody has may well be a password in the wrong field.
      await this.#with.audit.recordAlone(
        { kind: 'anonymous', address: client.address },
        {
          action: 'session.fail',
          target: user && `user:${user.name}`,
          detail: { why: !user ? 'no_user' : !isRight ? 'wrong_password' : 'disabled' },
        },
      );
      throw wrongPassword();
    }
    await this.#with.limiter.refund(limits);
    return { user, secret: await this.open(user, client, 'password') };
  }

  /** Opens a session for someone known to be `user`; throws when that does not hold any more. */
  async open(user: UserRow, client: Client, way: SignInWay): Promise<string> {
    const now = this.#with.clock().getTime();
    const secret = createSecret();
    const id = createIdentifier();
    const actor = { ...actorOf(user), via: { kind: 'session' as const, id }, address: client.address };
    await this.#with.db.transaction().execute(async (tx) => {
      await requireUnchanged(tx, user, way);
      await this.#with.sessions.create(tx, {
        id,
        user_id: user.id,
        secret_hash: hashSecret(secret),
        created_at: now,
        last_seen_at: now,
        expires_at: now + this.#with.idleMs,
        user_agent: client.userAgent.slice(0, 300),
        address: client.address,
      });
      await this.#with.users.update(tx, user.id, { last_seen_at: now });
      await this.#with.audit.record(tx, actor, {
        action: 'session.create',
        target: `user:${user.name}`,
        detail: { way },
      });
    });
    return secret;
  }

  /** Who holds this cookie, if it is a live session's. */
  async findActor(secret: string, address: string): Promise<SignedInUser | undefined> {
    const row = await this.#with.sessions.findBySecretHash(hashSecret(secret));
    const now = this.#with.clock().getTime();
    if (!row || row.is_disabled || row.expires_at <= now) return undefined;
    if (now - row.last_seen_at > touchEveryMs) {
      await this.#with.db.transaction().execute(async (tx) => {
        await this.#with.sessions.touch(tx, row.id, now, now + this.#with.idleMs);
        await this.#with.users.update(tx, row.user_id, { last_seen_at: now });
      });
    }
    return { ...actorOf({ ...row, id: row.user_id }), via: { kind: 'session', id: row.id }, address };
  }

  list(actor: SignedInUser): Promise<SessionRow[]> {
    return this.#with.sessions.listOf(actor.id, this.#with.clock().getTime());
  }

  async end(actor: SignedInUser, id: string): Promise<void> {
    await this.#with.db.transaction().execute(async (tx) => {
      if (!(await this.#with.sessions.remove(tx, actor.id, id))) {
        throw new AppError('not_found', 'There is no such session of yours.');
      }
      await this.#with.audit.record(tx, actor, { action: 'session.end', target: `user:${actor.name}` });
    });
  }

  async sweep(): Promise<void> {
    await this.#with.sessions.removeExpired(this.#with.clock().getTime());
  }
}

/** A password is changed and a user disabled in the time that it takes to verify a password. */
async function requireUnchanged(tx: Tx, { id, password_hash }: UserRow, way: SignInWay): Promise<void> {
  const user = await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  if (!user || user.is_disabled || (way === 'password' && user.password_hash !== password_hash))
    throw wrongPassword();
}

function wrongPassword(): AppError {
  return new AppError('unauthenticated', 'The name or the password is not right.', {
    reason: 'wrong_password',
  });
}

import { AppError, hasCode } from '../contract/app-error.ts';
import { userNameSchema, type SignInProblem } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createSecret, hashSecret } from '../base/identifier.ts';
import type { Logger } from '../base/logger.ts';
import { system, type AuditActor } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db } from '../database/connection.ts';
import type { SignedInUser } from '../access/actor.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { GroupsService } from './groups-service.ts';
import type { AttemptRow, IdentitiesRepository, IdentityRow } from './identities-repository.ts';
import type { OpenidProvider, ProviderClaims } from './openid-provider.ts';
import type { UserRow, UsersRepository } from './users-repository.ts';
import type { UsersService } from './users-service.ts';

/** What is decided here of those who come from the provider. */
export type ProviderTerms = {
  name: string;
  nameClaim: string;
  groupsClaim: string;
  allowedGroups: readonly string[];
  /** Their groups and ours. */
  groups: ReadonlyMap<string, string>;
  createsUsers: boolean;
};

/** How a sign-in at the provider ended, and where its browser wants to go. */
export type ProviderOutcome = { nextPath: string; isLinking: boolean } & (
  { user: UserRow; problem?: undefined } | { problem: SignInProblem }
);

/** At the provider one may take so long. */
export const attemptMs = 10 * 60_000;
const maxStartsPerAddress = 60;

type Dependencies = {
  db: Db;
  audit: AuditLog;
  identities: IdentitiesRepository;
  users: UsersRepository;
  accounts: UsersService;
  groups: GroupsService;
  limiter: AttemptLimiter;
  clock: Clock;
  log: Logger;
};

/** Ended in a way that the sign-in page can explain. */
class SignInRefused extends Error {
  readonly problem: SignInProblem;
  readonly user: UserRow | undefined;

  constructor(problem: SignInProblem, user?: UserRow) {
    super(problem);
    this.problem = problem;
    this.user = user;
  }
}

/**
 * Signing in by an OpenID provider. An account is found by the provider's own name for somebody, (issuer, subject), and by
 * nothing else: a name or an address of e-mail that happens to be the same opens nobody's account. Who has an account links
 * it while signed in to it.
 */
export class ProviderSignIn {
  readonly #provider: OpenidProvider;
  readonly #terms: ProviderTerms;
  readonly #with: Dependencies;

  constructor(provider: OpenidProvider, terms: ProviderTerms, dependencies: Dependencies) {
    this.#provider = provider;
    this.#terms = terms;
    this.#with = dependencies;
  }

  get name(): string {
    return this.#terms.name;
  }

  get issuer(): string {
    return this.#provider.issuer;
  }

  /** Begins a sign-in, or the linking of `user`. `secret` is for a cookie: who comes back must bring it. */
  async begin(
    redirectUri: string,
    nextPath: string,
    address: string,
    user?: SignedInUser,
  ): Promise<{ url: string; secret: string }> {
    await this.#with.limiter.charge([{ name: `sign-in:${address}`, max: maxStartsPerAddress }]);
    const checks = this.#provider.createChecks();
    const url = await this.#provider.addressFor(checks, redirectUri).catch((cause: unknown) => {
      this.#with.log.error({ error: cause }, 'the sign-in provider does not answer');
      throw new AppError('unavailable', 'The sign-in provider does not answer. Try again later.', { cause });
    });
    const secret = createSecret();
    await this.#with.identities.createAttempt({
      secret_hash: hashSecret(secret),
      ...checks,
      next_path: nextPath,
      user_id: user?.id ?? null,
      expires_at: this.#with.clock().getTime() + attemptMs,
    });
    return { url, secret };
  }

  /**
   * Ends what `begin` began, once: `secret` from the cookie, `callback` as the browser brought it, and whoever is signed in
   * there.
   */
  async finish(
    secret: string | undefined,
    callback: URL,
    address: string,
    current: SignedInUser | undefined,
  ): Promise<ProviderOutcome> {
    const attempt =
      secret === undefined ? undefined : await this.#with.identities.takeAttempt(hashSecret(secret));
    const nextPath = attempt?.next_path ?? '/';
    const isLinking = attempt?.user_id != null;
    try {
      if (!attempt || attempt.expires_at <= this.#with.clock().getTime()) throw new SignInRefused('expired');
      const who = await this.#provider.readCallback(callback, attempt);
      const groups = groupsIn(who.claims[this.#terms.groupsClaim]);
      this.#requireAllowed(groups);
      const user = isLinking ? await this.#link(who, attempt, current) : await this.#resolve(who, address);
      if (user.is_disabled) throw new SignInRefused('disabled', user);
      await this.#bringGroupsUpToDate(user, groups);
      return { nextPath, isLinking, user };
    } catch (error) {
      return { nextPath, isLinking, problem: await this.#explain(error, address) };
    }
  }

  #requireAllowed(groups: ReadonlySet<string>): void {
    const { allowedGroups } = this.#terms;
    if (allowedGroups.length > 0 && !allowedGroups.some((group) => groups.has(group))) {
      throw new SignInRefused('not_allowed');
    }
  }

  async #link(who: ProviderClaims, attempt: AttemptRow, current: SignedInUser | undefined): Promise<UserRow> {
    const [user] = await this.#with.users.findByIds([attempt.user_id as string]);
    // Whoever began it must still be the one who is signed in.
    if (!user || current?.id !== user.id) throw new SignInRefused('expired');
    const known = await this.#with.identities.find(who.issuer, who.subject);
    if (known && known.user_id !== user.id) throw new SignInRefused('identity_taken');
    if (!known) {
      await this.#with.db.transaction().execute(async (tx) => {
        await this.#with.identities.create(tx, this.#rowFor(who, user));
        await this.#with.audit.record(tx, current, {
          action: 'identity.create',
          target: `user:${user.name}`,
          detail: { issuer: who.issuer },
        });
      });
    }
    return user;
  }

  async #resolve(who: ProviderClaims, address: string): Promise<UserRow> {
    const known = await this.#with.identities.find(who.issuer, who.subject);
    const [user] = known ? await this.#with.users.findByIds([known.user_id]) : [];
    if (user) return user;
    if (!this.#terms.createsUsers) throw new SignInRefused('no_account');
    const by: AuditActor = { kind: 'anonymous', address };
    try {
      return await this.#with.accounts.create(
        by,
        { name: this.#nameFor(who), password: undefined, isAdmin: false },
        {
          after: async (tx, created) => {
            await this.#with.identities.create(tx, this.#rowFor(who, created));
            await this.#with.audit.record(tx, by, {
              action: 'identity.create',
              target: `user:${created.name}`,
              detail: { issuer: who.issuer },
            });
          },
        },
      );
    } catch (error) {
      if (hasCode(error, 'conflict')) throw new SignInRefused('name_taken');
      throw error;
    }
  }

  #rowFor({ issuer, subject }: ProviderClaims, { id }: UserRow): Omit<IdentityRow, 'id'> {
    return { issuer, subject, user_id: id, created_at: this.#with.clock().getTime() };
  }

  /** `Ada.Lovelace@example.org` becomes `ada.lovelace`; what makes no name of ours makes no account. */
  #nameFor({ claims }: ProviderClaims): string {
    const wished = claims[this.#terms.nameClaim];
    const name = typeof wished === 'string' ? wished.split('@', 1)[0]?.toLowerCase() : undefined;
    const parsed = userNameSchema.safeParse(name);
    if (!parsed.success) throw new SignInRefused('no_account');
    return parsed.data;
  }

  /** Of the groups here that are tied to one there, they are in exactly those that they should be in. */
  async #bringGroupsUpToDate({ name }: UserRow, theirs: ReadonlySet<string>): Promise<void> {
    const { groups } = this.#terms;
    if (groups.size === 0) return;
    const wanted = new Set([...groups].filter(([there]) => theirs.has(there)).map(([, here]) => here));
    const existing = new Map((await this.#with.groups.list()).map((group) => [group.name, group.members]));
    for (const here of new Set(groups.values())) {
      const isIn = existing.get(here)?.includes(name) ?? false;
      if (wanted.has(here) && !isIn) {
        if (!existing.has(here)) await this.#with.groups.create(system, here);
        await this.#with.groups.addMember(system, here, name);
      } else if (!wanted.has(here) && isIn) await this.#with.groups.removeMember(system, here, name);
    }
  }

  async #explain(error: unknown, address: string): Promise<SignInProblem> {
    const problem = error instanceof SignInRefused ? error.problem : 'provider_failed';
    const user = error instanceof SignInRefused ? error.user : undefined;
    if (problem === 'provider_failed') {
      const { code, message } = error as { code?: string; message?: string };
      this.#with.log.warn({ code, message }, 'a sign-in with the provider failed');
    }
    await this.#with.audit.recordAlone(
      { kind: 'anonymous', address },
      { action: 'session.fail', target: user && `user:${user.name}`, detail: { why: problem } },
    );
    return problem;
  }

  listIdentities(user: SignedInUser): Promise<IdentityRow[]> {
    return this.#with.identities.listOf(user.id);
  }

  /** Unlinks; the last way in stays. */
  async unlink(user: SignedInUser, id: string): Promise<void> {
    const rows = await this.#with.identities.listOf(user.id);
    if (!rows.some((row) => row.id === id))
      throw new AppError('not_found', 'There is no such identity of yours.');
    const account = await this.#with.accounts.get(user.name);
    if (rows.length === 1 && account.password_hash === '') {
      throw new AppError(
        'conflict',
        'This is your only way in. Have an administrator set a password first.',
        {
          reason: 'last_way_in',
        },
      );
    }
    await this.#with.db.transaction().execute(async (tx) => {
      await this.#with.identities.remove(tx, user.id, id);
      await this.#with.audit.record(tx, user, { action: 'identity.delete', target: `user:${user.name}` });
    });
  }

  async sweep(): Promise<void> {
    await this.#with.identities.removeAttemptsBefore(this.#with.clock().getTime());
  }
}

function groupsIn(claim: unknown): ReadonlySet<string> {
  const groups = [claim].flat();
  return new Set(groups.filter((group) => typeof group === 'string'));
}

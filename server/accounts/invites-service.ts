import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier, createSecret, hashSecret } from '../base/identifier.ts';
import type { AuditActor } from '../audit/audit-event.ts';
import type { SignedInUser } from '../access/actor.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { GroupsRepository } from './groups-repository.ts';
import type { UserRow } from './users-repository.ts';
import type { UsersService } from './users-service.ts';

export type InviteRow = Database['invites'];
export type InviteState = 'open' | 'accepted' | 'expired';
export type NewInvite = {
  /** The name of the account to be; without it whoever is invited chooses. */
  name: string | null;
  isAdmin: boolean;
  groups: readonly string[];
  expiresInSeconds: number;
};

const prefix = 'inv_';
const tokenShape = /^inv_[\w-]{43}$/;
/** Invites that are over are forgotten after so long. */
const keepMs = 90 * 86_400_000;

/** An administrator, or whoever runs commands on the installation. */
export type Inviter = SignedInUser | Extract<AuditActor, { kind: 'operator' }>;

type Dependencies = {
  db: Db;
  audit: AuditLog;
  users: UsersService;
  groups: GroupsRepository;
  limiter: AttemptLimiter;
  clock: Clock;
};

/** One-time links by which people make their own account: what an administrator decided of it stands in the row. */
export class InvitesService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Newest first. */
  list(): Promise<InviteRow[]> {
    return this.#with.db
      .selectFrom('invites')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(1000)
      .execute();
  }

  stateOf({ accepted_at, expires_at }: InviteRow): InviteState {
    if (accepted_at !== null) return 'accepted';
    return expires_at <= this.#with.clock().getTime() ? 'expired' : 'open';
  }

  groupsOf({ group_names }: InviteRow): string[] {
    return JSON.parse(group_names) as string[];
  }

  /** Makes an invite; `token` is shown this once and is not kept. */
  async create(
    by: Inviter,
    { name, isAdmin, groups, expiresInSeconds }: NewInvite,
  ): Promise<{ row: InviteRow; token: string }> {
    if (name !== null && (await this.#exists(name))) {
      throw new AppError('conflict', `There is a user "${name}" already.`, { reason: 'exists' });
    }
    for (const group of groups) {
      if (!(await this.#with.groups.findByName(group))) {
        throw new AppError('not_found', `There is no group "${group}".`, { reason: 'no_group' });
      }
    }
    const token = `${prefix}${createSecret()}`;
    const now = this.#with.clock().getTime();
    const row: InviteRow = {
      id: createIdentifier(),
      secret_hash: hashSecret(token),
      name,
      is_admin: isAdmin ? 1 : 0,
      group_names: JSON.stringify(groups),
      created_by: by.name,
      creator_id: by.kind === 'user' ? by.id : null,
      created_at: now,
      expires_at: now + expiresInSeconds * 1000,
      accepted_at: null,
      accepted_by: null,
    };
    await this.#with.db.transaction().execute(async (tx) => {
      await tx.insertInto('invites').values(row).execute();
      await this.#with.audit.record(tx, by, {
        action: 'invite.create',
        target: name === null ? undefined : `user:${name}`,
        detail: { id: row.id, isAdmin, groups },
      });
    });
    return { row, token };
  }

  async withdraw(by: AuditActor, id: string): Promise<void> {
    await this.#with.db.transaction().execute(async (tx) => {
      const { numDeletedRows } = await tx.deleteFrom('invites').where('id', '=', id).executeTakeFirst();
      if (numDeletedRows === 0n) throw new AppError('not_found', 'There is no such invite.');
      await this.#with.audit.record(tx, by, { action: 'invite.withdraw', detail: { id } });
    });
  }

  /** The invite of a token, for whoever holds it. Throws `not_found`, or `gone` when it is over. */
  async inspect(token: string, address: string): Promise<InviteRow> {
    const limits = [{ name: `invite:${address}`, max: 30 }];
    await this.#with.limiter.charge(limits);
    const row = tokenShape.test(token)
      ? await this.#with.db
          .selectFrom('invites')
          .selectAll()
          .where('secret_hash', '=', hashSecret(token))
          .executeTakeFirst()
      : undefined;
    if (!row) throw new AppError('not_found', 'There is no such invitation. Ask for a new one.');
    await this.#with.limiter.refund(limits);
    const state = this.stateOf(row);
    if (state === 'accepted') {
      throw new AppError('gone', 'This invitation was used already. Sign in instead.', { reason: 'used' });
    }
    if (state === 'expired') {
      throw new AppError('gone', 'This invitation has expired. Ask for a new one.', { reason: 'expired' });
    }
    return row;
  }

  /** Makes the account. Of two who come with the same invite, one has it. */
  async accept(token: string, name: string, password: string, address: string): Promise<UserRow> {
    const invite = await this.inspect(token, address);
    if (invite.name !== null && invite.name !== name) {
      throw new AppError('forbidden', `This invitation is for "${invite.name}".`, { reason: 'other_name' });
    }
    const by: AuditActor = { kind: 'anonymous', address };
    return this.#with.users.create(
      by,
      { name, password, isAdmin: invite.is_admin === 1 },
      {
        before: (tx) => this.#use(tx, invite, name),
        after: async (tx, user) => {
          await this.#with.audit.record(tx, by, {
            action: 'invite.accept',
            target: `user:${name}`,
            detail: { id: invite.id, invitedBy: invite.created_by },
          });
          await this.#join(tx, by, user, invite);
        },
      },
    );
  }

  async #use(tx: Tx, { id }: InviteRow, name: string): Promise<void> {
    const { numUpdatedRows } = await tx
      .updateTable('invites')
      .set({ accepted_at: this.#with.clock().getTime(), accepted_by: name })
      .where('id', '=', id)
      .where('accepted_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      throw new AppError('gone', 'This invitation was used already. Sign in instead.', { reason: 'used' });
    }
  }

  /** Groups that are gone by now are left out, whoever has their name since. */
  async #join(tx: Tx, by: AuditActor, user: UserRow, invite: InviteRow): Promise<void> {
    const names = this.groupsOf(invite);
    if (names.length === 0) return;
    const groups = tx.selectFrom('groups').selectAll().where('name', 'in', names);
    for (const group of await groups.where('created_at', '<=', invite.created_at).execute()) {
      await this.#with.groups.addMember(tx, group.id, user.id);
      await this.#with.audit.record(tx, by, {
        action: 'group.join',
        target: `user:${user.name}`,
        detail: { group: group.name },
      });
    }
  }

  async #exists(name: string): Promise<boolean> {
    return (await this.#with.users.list()).some((user) => user.name === name);
  }

  async sweep(): Promise<void> {
    const before = this.#with.clock().getTime() - keepMs;
    await this.#with.db.deleteFrom('invites').where('expires_at', '<', before).execute();
  }
}

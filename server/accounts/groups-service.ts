import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { AuditActor, AuditEvent } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Db, Tx } from '../database/connection.ts';
import { groupGrantee, type GrantsRepository } from '../access/grants-repository.ts';
import type { GroupRow, GroupsRepository } from './groups-repository.ts';
import type { UsersRepository } from './users-repository.ts';

export type Group = { name: string; members: string[]; createdAt: number };

type Dependencies = {
  db: Db;
  groups: GroupsRepository;
  users: UsersRepository;
  grants: GrantsRepository;
  audit: AuditLog;
  clock: Clock;
};

/** Groups of users, to grant to many at once. Who is in one has what it was granted, from the next request on. */
export class GroupsService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  async list(): Promise<Group[]> {
    const rows = await this.#with.groups.list();
    const members = await this.#with.groups.membersOf(rows.map(({ id }) => id));
    return rows.map(({ id, name, created_at }) => ({
      name,
      members: members.get(id) ?? [],
      createdAt: created_at,
    }));
  }

  async create(by: AuditActor, name: string): Promise<Group> {
    if (await this.#with.groups.findByName(name)) {
      throw new AppError('conflict', `There is a group "${name}" already.`, { reason: 'exists' });
    }
    const createdAt = this.#with.clock().getTime();
    await this.#change(by, { action: 'group.create', target: `group:${name}` }, (tx) =>
      this.#with.groups.create(tx, { id: createIdentifier(), name, created_at: createdAt }),
    );
    return { name, members: [], createdAt };
  }

  /** Grants to the group end with it. */
  async remove(by: AuditActor, name: string): Promise<void> {
    const { id } = await this.#get(name);
    await this.#change(by, { action: 'group.delete', target: `group:${name}` }, async (tx) => {
      await this.#with.grants.removeGrantee(tx, groupGrantee(id));
      await this.#with.groups.remove(tx, id);
    });
  }

  /** Who is in it already stays in it. */
  async addMember(by: AuditActor, name: string, userName: string): Promise<void> {
    const [group, user] = [await this.#get(name), await this.#with.users.findByName(userName)];
    if (!user) throw new AppError('not_found', 'There is no such user.', { reason: 'no_user' });
    const event: AuditEvent = { action: 'group.join', target: `user:${userName}`, detail: { group: name } };
    await this.#with.db.transaction().execute(async (tx) => {
      if (await this.#with.groups.addMember(tx, group.id, user.id)) {
        await this.#with.audit.record(tx, by, event);
      }
    });
  }

  async removeMember(by: AuditActor, name: string, userName: string): Promise<void> {
    const [group, user] = [await this.#get(name), await this.#with.users.findByName(userName)];
    const event: AuditEvent = { action: 'group.leave', target: `user:${userName}`, detail: { group: name } };
    await this.#change(by, event, async (tx) => {
      if (!user || !(await this.#with.groups.removeMember(tx, group.id, user.id))) {
        throw new AppError('not_found', 'They are not in this group.');
      }
    });
  }

  /** Does something and writes it down, both or neither. */
  #change(by: AuditActor, event: AuditEvent, work: (tx: Tx) => Promise<void>): Promise<void> {
    return this.#with.db.transaction().execute(async (tx) => {
      await work(tx);
      await this.#with.audit.record(tx, by, event);
    });
  }

  async #get(name: string): Promise<GroupRow> {
    const group = await this.#with.groups.findByName(name);
    if (!group) throw new AppError('not_found', 'There is no such group.', { reason: 'no_group' });
    return group;
  }
}

import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Db } from '../database/connection.ts';
import { groupGrantee, type GrantsRepository } from '../access/grants-repository.ts';
import type { GroupRow, GroupsRepository } from './groups-repository.ts';
import type { UsersRepository } from './users-repository.ts';

export type Group = { name: string; members: string[]; createdAt: number };

type Dependencies = {
  db: Db;
  groups: GroupsRepository;
  users: UsersRepository;
  grants: GrantsRepository;
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

  async create(name: string): Promise<Group> {
    if (await this.#with.groups.findByName(name)) {
      throw new AppError('conflict', `There is a group "${name}" already.`, { reason: 'exists' });
    }
    const createdAt = this.#with.clock().getTime();
    await this.#with.groups.create({ id: createIdentifier(), name, created_at: createdAt });
    return { name, members: [], createdAt };
  }

  /** Grants to the group end with it. */
  async remove(name: string): Promise<void> {
    const { id } = await this.#get(name);
    await this.#with.db.transaction().execute(async (tx) => {
      await this.#with.grants.removeGrantee(tx, groupGrantee(id));
      await this.#with.groups.remove(tx, id);
    });
  }

  async addMember(name: string, userName: string): Promise<void> {
    const [group, user] = [await this.#get(name), await this.#with.users.findByName(userName)];
    if (!user) throw new AppError('not_found', 'There is no such user.', { reason: 'no_user' });
    await this.#with.groups.addMember(group.id, user.id);
  }

  async removeMember(name: string, userName: string): Promise<void> {
    const [group, user] = [await this.#get(name), await this.#with.users.findByName(userName)];
    if (!user || !(await this.#with.groups.removeMember(group.id, user.id))) {
      throw new AppError('not_found', 'They are not in this group.');
    }
  }

  async #get(name: string): Promise<GroupRow> {
    const group = await this.#with.groups.findByName(name);
    if (!group) throw new AppError('not_found', 'There is no such group.', { reason: 'no_group' });
    return group;
  }
}

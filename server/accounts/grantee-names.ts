import { AppError } from '../contract/app-error.ts';
import { groupGrantee, publicGrantee, userGrantee } from '../access/grants-repository.ts';
import type { GroupsRepository } from './groups-repository.ts';
import type { UsersRepository } from './users-repository.ts';

/**
 * Grantees are kept by identifier, so that someone who is created anew under an old name gets nothing of it, and are
 * spoken of by name: `user:alice`, `group:vision`, `public`.
 */
export class GranteeNames {
  readonly #users: UsersRepository;
  readonly #groups: GroupsRepository;

  constructor(users: UsersRepository, groups: GroupsRepository) {
    this.#users = users;
    this.#groups = groups;
  }

  /** What is kept for a grantee's name. Throws `not_found`. */
  async toId(grantee: string): Promise<string> {
    const [kind, name = ''] = split(grantee);
    if (kind === 'public') return publicGrantee;
    const found = kind === 'group' ? await this.#groups.findByName(name) : await this.#users.findByName(name);
    if (!found) throw new AppError('not_found', `There is no ${kind} "${name}".`, { reason: `no_${kind}` });
    return kind === 'group' ? groupGrantee(found.id) : userGrantee(found.id);
  }

  /** The names for what is kept; whoever is gone is left out. */
  async toNames(granteeIds: Iterable<string>): Promise<Map<string, string>> {
    const parts = [...new Set(granteeIds)].map(split);
    const idsOf = (kind: string) => parts.flatMap(([partKind, id]) => (partKind === kind && id ? [id] : []));
    const [users, groups] = await Promise.all([
      this.#users.findByIds(idsOf('user')),
      this.#groups.findByIds(idsOf('group')),
    ]);
    return new Map([
      [publicGrantee, publicGrantee],
      ...users.map(({ id, name }) => [userGrantee(id), `user:${name}`] as const),
      ...groups.map(({ id, name }) => [groupGrantee(id), `group:${name}`] as const),
    ]);
  }
}

function split(grantee: string): [kind: string, rest?: string] {
  const colon = grantee.indexOf(':');
  return colon === -1 ? [grantee] : [grantee.slice(0, colon), grantee.slice(colon + 1)];
}

import type { EntryName } from '../contract/path.ts';
import type { UserActor } from '../access/actor.ts';

/** What every row that tells of a user says of them. */
export type UserFacts = { id: string; name: string; is_admin: 0 | 1 };

export function actorOf({ id, name, is_admin }: UserFacts): UserActor {
  return { kind: 'user', id, name: name as EntryName, isAdmin: is_admin === 1 };
}

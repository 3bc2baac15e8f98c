import type { Quota, User } from '$contract/schemas.ts';
import { messageOf } from '$lib/api/client.ts';
import {
  changePassword,
  changeQuota,
  changeStanding,
  createUser,
  deleteUser,
  listUsers,
} from '$lib/api/users-api.ts';

/** Everyone who has an account here. */
export class PeopleList {
  /** Undefined until they have been read. */
  users = $state.raw<readonly User[]>();
  problem = $state('');

  async load(): Promise<void> {
    this.problem = '';
    try {
      this.users = (await listUsers()).items;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async create(user: { name: string; password: string; isAdmin: boolean }): Promise<void> {
    const created = await createUser(user);
    this.users = [...(this.users ?? []), created];
  }

  async change(name: string, standing: { isAdmin?: boolean; isDisabled?: boolean }): Promise<void> {
    this.#put(await changeStanding(name, standing));
  }

  async setPassword(name: string, password: string, currentPassword?: string): Promise<void> {
    this.#put(await changePassword(name, password, currentPassword));
  }

  async setQuota(name: string, quota: Quota): Promise<void> {
    this.#put(await changeQuota(name, quota));
  }

  async remove(name: string, giveHomeTo?: string): Promise<void> {
    await deleteUser(name, giveHomeTo);
    this.users = this.users?.filter((user) => user.name !== name);
  }

  #put(changed: User): void {
    this.users = this.users?.map((user) => (user.name === changed.name ? changed : user));
  }
}

import type { Db, DbOrTx } from '../database/connection.ts';
import type { Database } from '../database/schema.ts';

export type GroupRow = Database['groups'];

export class GroupsRepository {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  list(): Promise<GroupRow[]> {
    return this.#db.selectFrom('groups').selectAll().orderBy('name').execute();
  }

  findByName(name: string): Promise<GroupRow | undefined> {
    return this.#db.selectFrom('groups').selectAll().where('name', '=', name).executeTakeFirst();
  }

  findByIds(ids: readonly string[]): Promise<GroupRow[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db.selectFrom('groups').selectAll().where('id', 'in', ids).execute();
  }

  /** Names of members by the group's identifier. */
  async membersOf(ids: readonly string[]): Promise<Map<string, string[]>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('group_members')
      .innerJoin('users', 'users.id', 'group_members.user_id')
      .select(['group_id', 'users.name'])
      .where('group_id', 'in', ids)
      .orderBy('users.name')
      .execute();
    const byGroup = Map.groupBy(rows, (row) => row.group_id);
    return new Map([...byGroup].map(([id, members]) => [id, members.map((row) => row.name)]));
  }

  async create(db: DbOrTx, row: GroupRow): Promise<void> {
    await db.insertInto('groups').values(row).execute();
  }

  async remove(tx: DbOrTx, id: string): Promise<void> {
    await tx.deleteFrom('groups').where('id', '=', id).execute();
  }

  /** False when they were in it already. */
  async addMember(db: DbOrTx, groupId: string, userId: string): Promise<boolean> {
    const result = await db
      .insertInto('group_members')
      .values({ group_id: groupId, user_id: userId })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async removeMember(db: DbOrTx, groupId: string, userId: string): Promise<boolean> {
    const result = await db
      .deleteFrom('group_members')
      .where('group_id', '=', groupId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

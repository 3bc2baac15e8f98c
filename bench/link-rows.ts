import { randomBytes } from 'node:crypto';
import SqliteDatabase from 'better-sqlite3';

/**
 * Copies a link and its items so many times, under identifiers of their own and made a second before each other, while no
 * server runs on the database. `creatorId` gives them to another user.
 */
export function multiplyLink(file: string, linkId: string, count: number, creatorId?: string): void {
  const database = new SqliteDatabase(file);
  // What a power loss would take here would only be measured again.
  database.pragma('synchronous = OFF');
  try {
    const link = database.prepare('SELECT * FROM links WHERE id = ?').get(linkId) as Record<string, unknown>;
    const items = database.prepare('SELECT * FROM link_items WHERE link_id = ?').all(linkId) as Record<
      string,
      unknown
    >[];
    const insertLink = inserting(database, 'links', link);
    const insertItem = inserting(database, 'link_items', items[0]!);
    database.transaction(() => {
      for (let index = 1; index <= count; index += 1) {
        const id = randomBytes(16).toString('base64url');
        insertLink({
          ...link,
          id,
          created_at: Number(link.created_at) - index * 1000,
          ...(creatorId !== undefined && { creator_id: creatorId }),
        });
        for (const item of items) insertItem({ ...item, link_id: id });
      }
    })();
  } finally {
    database.close();
  }
}

/** The identifier of a user who owns nothing, made for this. */
export function addUserRow(file: string, name: string): string {
  const database = new SqliteDatabase(file);
  try {
    const template = database.prepare('SELECT * FROM users LIMIT 1').get() as Record<string, unknown>;
    const id = randomBytes(16).toString('base64url');
    inserting(database, 'users', template)({ ...template, id, name });
    return id;
  } finally {
    database.close();
  }
}

function inserting(database: SqliteDatabase.Database, table: string, row: Record<string, unknown>) {
  const columns = Object.keys(row);
  const statement = database.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})`,
  );
  return (values: Record<string, unknown>) => void statement.run(values);
}

import { sql } from 'kysely';
import { hasCode } from '../contract/app-error.ts';
import type { Db } from './connection.ts';

/** More than the journal grows to before SQLite begins it anew (`wal_autocheckpoint`, 1000 pages of 4 KiB). */
const roomBytes = 5 << 20;

/**
 * Takes room in the database's file and in its journal, and gives it back inside of them: so what is small and must go
 * on, such as signing in, deleting and revoking, still can when the volume is full. Answers whether there was room.
 */
export async function reserveRoom(db: Db): Promise<boolean> {
  try {
    await sql`CREATE TABLE IF NOT EXISTS room (bytes BLOB)`.execute(db);
    await sql`INSERT INTO room VALUES (zeroblob(${sql.lit(roomBytes)}))`.execute(db);
    await sql`DROP TABLE room`.execute(db);
    await sql`PRAGMA wal_checkpoint(RESTART)`.execute(db);
    return true;
  } catch (error) {
    if (hasCode(error, 'out_of_space')) return false;
    throw error;
  }
}

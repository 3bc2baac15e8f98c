import SqliteDatabase from 'better-sqlite3';
import { AppError } from '../contract/app-error.ts';
import { ensurePrivateFile } from './private-file.ts';

export type DataFolderLock = { release: () => void };

/**
 * Takes a lock that the system gives back when this process ends, however it ends: SQLite's own, on a file that holds
 * nothing. Throws `unavailable` when another process has it.
 */
export function holdDataFolder(file: string): DataFolderLock {
  ensurePrivateFile(file);
  const sqlite = new SqliteDatabase(file, { timeout: 0 });
  try {
    sqlite.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    sqlite.close();
    throw new AppError(
      'unavailable',
      'Another Drey serves these data already. Stop it first, or give this one a DREY_DATA of its own.',
      { cause },
    );
  }
  return { release: () => sqlite.close() };
}

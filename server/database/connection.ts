import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import { AppError } from '../contract/app-error.ts';
import { hashSecret } from '../base/identifier.ts';
import { ensurePrivateFile } from './private-file.ts';
import type { Database } from './schema.ts';
import { withStatementCache } from './statement-cache.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;
/** A query runs on either: alone, or as a part of a transaction. */
export type DbOrTx = Db | Tx;

const migrationsFolder = new URL('../../migrations/', import.meta.url);

/**
 * Opens the database and brings its tables up to date. Throws `unavailable`, saying what to do, when the file is empty,
 * damaged, or written by a newer Drey: an empty database in the place of a lost one would forget every revocation.
 */
export function openDatabase(file: string): Db {
  if (file !== ':memory:') {
    if (existsSync(file) && statSync(file).size === 0) {
      throw new AppError(
        'unavailable',
        'The database file is empty. Restore it from a backup, or move it away.',
      );
    }
    ensurePrivateFile(file);
  }
  const sqlite = new SqliteDatabase(file, { timeout: 5000 });
  try {
    sqlite.pragma('journal_mode = WAL');
    // WAL falls back to NORMAL on every later open; an acknowledged revocation must survive a loss of power.
    sqlite.pragma('synchronous = FULL');
    sqlite.pragma('foreign_keys = ON');
    if (sqlite.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new Error('quick_check failed');
    migrate(sqlite);
  } catch (cause) {
    sqlite.close();
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      'unavailable',
      'The database file is damaged or not a database. Restore it from a backup.',
      {
        cause,
      },
    );
  }
  return new Kysely<Database>({ dialect: new SqliteDialect({ database: withStatementCache(sqlite) }) });
}

/** Runs each new migration in a transaction of its own, and refuses a database whose past differs from ours. */
function migrate(sqlite: SqliteDatabase.Database): void {
  sqlite.exec(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)',
  );
  const known = readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const applied = sqlite
    .prepare<[], { name: string; checksum: string }>('SELECT name, checksum FROM migrations')
    .all();
  const newer = applied.find((row) => !known.includes(row.name));
  if (newer) {
    throw new AppError(
      'unavailable',
      `The database was used by a newer Drey (${newer.name}). Start that version.`,
    );
  }
  for (const name of known) {
    const sql = readFileSync(new URL(name, migrationsFolder), 'utf8');
    const checksum = hashSecret(sql);
    const row = applied.find((candidate) => candidate.name === name);
    if (row && row.checksum !== checksum) {
      throw new AppError('unavailable', `The migration ${name} is not the one this database was made with.`);
    }
    if (row) continue;
    sqlite.transaction(() => {
      sqlite.exec(sql);
      sqlite.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(name, checksum, Date.now());
    })();
  }
}

import type SqliteDatabase from 'better-sqlite3';
import { classifyDatabaseError } from './database-errors.ts';

const maxStatements = 500;

/** As much of a prepared statement as Kysely uses. */
type Statement = Pick<SqliteDatabase.Statement, 'reader' | 'all' | 'run' | 'iterate'>;

/**
 * The database as Kysely sees it, with prepared statements kept by their text: to prepare one anew costs more than most
 * queries take to run. Nothing is streamed, so no statement is ever asked for while it is still running. Errors come out
 * as what they mean.
 */
export function withStatementCache(sqlite: SqliteDatabase.Database) {
  const statements = new Map<string, Statement>();
  return {
    prepare(text: string): Statement {
      const known = statements.get(text);
      if (known) return known;
      // Lists of changing length make ever new texts.
      if (statements.size >= maxStatements) statements.clear();
      const statement = classified(() => prepare(sqlite, text));
      statements.set(text, statement);
      return statement;
    },
    close: () => sqlite.close(),
  };
}

function prepare(sqlite: SqliteDatabase.Database, text: string): Statement {
  const statement = sqlite.prepare(text);
  return {
    reader: statement.reader,
    all: (...parameters) => classified(() => statement.all(...parameters)),
    run: (...parameters) => {
      // SQLite has taken a transaction back by itself when its volume is full; the reason is what is to be told.
      if (text === 'rollback' && !sqlite.inTransaction) return { changes: 0, lastInsertRowid: 0 };
      return classified(() => statement.run(...parameters));
    },
    iterate: (...parameters) => statement.iterate(...parameters),
  };
}

function classified<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw classifyDatabaseError(error);
  }
}

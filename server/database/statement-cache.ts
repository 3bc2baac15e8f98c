import type SqliteDatabase from 'better-sqlite3';

const maxStatements = 500;

/**
 * The database with prepared statements kept by their text, as Kysely sees it: to prepare one anew costs more than most
 * queries take to run. Nothing is streamed, so no statement is ever asked for while it is still running.
 */
export function withStatementCache(sqlite: SqliteDatabase.Database) {
  const statements = new Map<string, SqliteDatabase.Statement>();
  return {
    prepare(text: string): SqliteDatabase.Statement {
      const known = statements.get(text);
      if (known) return known;
      // Lists of changing length make ever new texts.
      if (statements.size >= maxStatements) statements.clear();
      const statement = sqlite.prepare(text);
      statements.set(text, statement);
      return statement;
    },
    close: () => sqlite.close(),
  };
}

import { sql, type Compilable } from 'kysely';
import type { Db } from './connection.ts';

/**
 * The place of a text in a query that is compiled once. SQLite plans a query with a join or an order anew whenever a bare
 * parameter is bound, since its value might make another plan better; that takes ten times as long as to run it. Behind
 * a cast it does not look.
 */
export const textParameter = sql<string>`CAST(${''} AS TEXT)`;

/**
 * A query that is built and compiled once and run often: doing both anew takes several times as long as running it. The
 * values take the places of its parameters, in their order.
 */
export function compileOnce<Row>(
  db: Db,
  query: Compilable<Row>,
): (...values: readonly unknown[]) => Promise<Row[]> {
  const compiled = query.compile();
  return async (...parameters) => (await db.executeQuery<Row>({ ...compiled, parameters })).rows;
}

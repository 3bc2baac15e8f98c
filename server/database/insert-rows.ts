import { sql, type RawBuilder } from 'kysely';
import type { Database } from './schema.ts';

/**
 * Inserts any number of rows by a statement whose text is always the same, so that it is prepared once: `VALUES` would
 * need another one for each number of rows, and could not hold thousands. Columns hold text, numbers or null.
 */
export function insertRows<Table extends keyof Database & string>(
  table: Table,
  columns: readonly (keyof Database[Table] & string)[],
  rows: readonly Database[Table][],
): RawBuilder<unknown> {
  const values = rows.map((row) => columns.map((column) => row[column]));
  const fields = columns.map((_, index) => sql`value ->> ${sql.lit(index)}`);
  // `WHERE true`: or what may follow, `ON CONFLICT`, would be read as a join's.
  return sql`INSERT INTO ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    SELECT ${sql.join(fields)} FROM json_each(${JSON.stringify(values)}) WHERE true`;
}

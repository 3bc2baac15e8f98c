import { sql, type ExpressionBuilder, type RawBuilder } from 'kysely';
import type { EntryPath } from '../contract/path.ts';
import type { Database } from './schema.ts';

type PathTable = 'grants' | 'link_items' | 'uploads' | 'checksums' | 'drop_entries' | 'audit_events';

/** What sorts directly after every path below a folder: the character after '/'. */
const afterSlash = '0';

/** The rows strictly below `folder`; an index on `path` answers it, and no wildcard can be smuggled in. */
export function isBelow<T extends PathTable>(folder: EntryPath) {
  return (eb: ExpressionBuilder<Database, T>) => {
    const path = sql.ref('path');
    return eb.and([
      sql<boolean>`${path} >= ${`${folder}/`}`,
      sql<boolean>`${path} < ${`${folder}${afterSlash}`}`,
    ]);
  };
}

/** The rows on `path` itself or below it. */
export function isWithin<T extends PathTable>(path: EntryPath) {
  return (eb: ExpressionBuilder<Database, T>) =>
    eb.or([sql<boolean>`${sql.ref('path')} = ${path}`, isBelow<T>(path)(eb)]);
}

/** The new path of a row that lay within `from`, now within `to`. */
export function rebased(from: EntryPath, to: EntryPath): RawBuilder<EntryPath> {
  // Counted by the database, since it and JavaScript do not count characters alike.
  return sql<EntryPath>`${to} || substr(path, length(${from}) + 1)`;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../server/database/connection.ts';

test('what was acknowledged, such as a revocation, is on the disk on the first open and on every later one (SH-05)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drey-durability-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const open of ['first', 'second', 'third']) {
    const db = openDatabase(join(folder, 'drey.db'));
    const { rows } = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(db);
    const journal = await sql<{ journal_mode: string }>`PRAGMA journal_mode`.execute(db);
    await db.destroy();
    // 2 is FULL: every commit waits for the disk.
    expect([open, rows[0]?.synchronous, journal.rows[0]?.journal_mode]).toEqual([open, 2, 'wal']);
  }
});

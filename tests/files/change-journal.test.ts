import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { system } from '../../server/audit/audit-event.ts';
import { AuditLog } from '../../server/audit/audit-log.ts';
import type { EntryPath } from '../../server/contract/path.ts';
import { openDatabase } from '../../server/database/connection.ts';
import { ChangeJournal } from '../../server/files/change-journal.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';

const [a, b] = ['bob/a.txt', 'bob/b.txt'] as EntryPath[] as [EntryPath, EntryPath];

/** A journal over an empty database, and what it told those who follow it. */
async function openJournal() {
  const folder = await mkdtemp(join(tmpdir(), 'drey-journal-'));
  const db = openDatabase(join(folder, 'drey.db'));
  onTestFinished(async () => {
    await db.destroy();
    await rm(folder, { recursive: true });
  });
  const told: string[] = [];
  let failure: Error | undefined;
  const follower = {
    async moved(_tx: unknown, from: EntryPath, to: EntryPath) {
      if (failure) throw failure;
      told.push(`${from} > ${to}`);
    },
    async removed(_tx: unknown, path: EntryPath) {
      if (failure) throw failure;
      told.push(`${path} removed`);
    },
  };
  const time = { now: new Date() };
  const clock = () => time.now;
  const audit = new AuditLog(db, clock, { keepsAddresses: false });
  const journal = new ChangeJournal(db, [follower], audit, clock);
  const pending = async () => (await db.selectFrom('pending_changes').selectAll().execute()).length;
  return { journal, audit, told, pending, time, fail: (error?: Error) => (failure = error) };
}

describe('a change', () => {
  test('that a crash left open is told of once it is settled, and one that never happened is not', async () => {
    const { journal, audit, fail } = await openJournal();
    const told = () => audit.list({}, { limit: 10 });
    const event = audit.describe(system, { action: 'entry.delete', path: a });
    fail(new Error('crash'));
    await expect(journal.record(a, null, async () => {}, event)).rejects.toThrow('crash');
    await expect(journal.record(b, null, async () => {}, { ...event, path: b })).rejects.toThrow('crash');
    expect(await told()).toEqual([]);
    fail();
    await journal.recover(async (path) => path === b);
    expect(await told()).toMatchObject([event]);
  });

  test('is told of with the time at which it was done, behind all that was told before', async () => {
    const { journal, audit, time } = await openJournal();
    const event = audit.describe(system, { action: 'entry.delete', path: a });
    await journal.record(
      a,
      null,
      async () => {
        time.now = new Date(time.now.getTime() + 5000);
        await audit.recordAlone(system, { action: 'key.rotate' });
      },
      event,
    );
    const [last, before] = await audit.list({}, { limit: 10 });
    expect([last!.action, before!.action]).toEqual(['entry.delete', 'key.rotate']);
    expect(last!.at).toBe(time.now.getTime());
  });

  test('brings the rows along after the bytes, and leaves nothing pending (DB-09)', async () => {
    const { journal, told, pending } = await openJournal();
    await journal.record(a, b, async () => {
      expect(told).toEqual([]);
      expect(await pending()).toBe(1);
    });
    expect(told).toEqual([`${b} removed`, `${a} > ${b}`]);
    await journal.record(b, null, async () => {});
    expect(told.at(-1)).toBe(`${b} removed`);
    expect(await pending()).toBe(0);
  });

  test('whose bytes cannot be changed changes no row (DB-09)', async () => {
    const { journal, told, pending } = await openJournal();
    const failed = journal.record(a, b, () => Promise.reject(new Error('EIO')));
    await expect(failed).rejects.toThrow('EIO');
    expect(told).toEqual([]);
    expect(await pending()).toBe(0);
  });

  test('whose rows could not follow is made up for later, once (DB-09)', async () => {
    const { journal, told, pending, fail } = await openJournal();
    fail(new Error('disk I/O error'));
    await expect(journal.record(a, b, async () => {})).rejects.toThrow('disk I/O error');
    expect(await pending()).toBe(1);
    fail();
    const exists = async (path: EntryPath) => path === b;
    await Promise.all([journal.recover(exists), journal.recover(exists)]);
    expect(told).toEqual([`${b} removed`, `${a} > ${b}`]);
    expect(await pending()).toBe(0);
  });

  test('that did not happen before the crash is forgotten (DB-09)', async () => {
    const { journal, told, pending, fail } = await openJournal();
    for (const to of [b, null]) {
      fail(new Error('crash'));
      await expect(journal.record(a, to, async () => {})).rejects.toThrow('crash');
      fail();
      await journal.recover(async (path) => path === a);
    }
    expect(told).toEqual([]);
    expect(await pending()).toBe(0);
  });

  test('that is still going on is left alone by a clean-up meanwhile (DB-09)', async () => {
    const { journal, told, pending } = await openJournal();
    await journal.record(a, b, () => journal.recover(async (path) => path === a));
    expect(told).toEqual([`${b} removed`, `${a} > ${b}`]);
    expect(await pending()).toBe(0);
  });
});

describe('a crash between bytes and rows', () => {
  /** As a crash leaves it: the intention is written down, and the bytes may or may not have changed. */
  async function crash(server: TestServer, from: string, to: string | null) {
    await server.services.close();
    const db = new Database(join(server.dataFolder, 'drey.db'));
    db.prepare('INSERT INTO pending_changes VALUES (?, ?, ?, ?, NULL)').run('crashed', from, to, 1);
    db.close();
  }

  async function restart(server: TestServer): Promise<TestServer> {
    const again = await startServerOn(server.dataFolder);
    onTestFinished(() => again.close());
    return again;
  }

  async function linked() {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'shared');
    const link = await server.link(server.bob, { items: ['storage:a.txt'] });
    const home = server.homeOf('bob');
    return { server, home, raw: `${new URL(link.url).pathname}/raw` };
  }

  test('after a move: the link leads to where the file is now (DB-09)', async () => {
    const { server, home, raw } = await linked();
    await rename(join(home, 'a.txt'), join(home, 'b.txt'));
    await crash(server, 'bob/a.txt', 'bob/b.txt');
    const again = await restart(server);
    await again.put(again.bob, 'bob/a.txt', 'another');
    expect((await again.as().get(raw).expect(200)).text).toBe('shared');
  });

  test('before a move: the link leads to where the file still is (DB-09)', async () => {
    const { server, raw } = await linked();
    await crash(server, 'bob/a.txt', 'bob/b.txt');
    const again = await restart(server);
    expect((await again.as().get(raw).expect(200)).text).toBe('shared');
  });

  test('after a deletion: a new file at the old path is not served to the old audience (DB-09)', async () => {
    const { server, home, raw } = await linked();
    await rm(join(home, 'a.txt'));
    await crash(server, 'bob/a.txt', null);
    const again = await restart(server);
    await writeFile(join(home, 'a.txt'), 'CANARY');
    const answer = await again.as().get(raw).expect(410);
    expect(answer.text).not.toContain('CANARY');
  });
});

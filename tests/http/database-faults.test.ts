import SqliteDatabase from 'better-sqlite3';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

afterEach(() => vi.restoreAllMocks());

/** Makes statements of one kind fail, as SQLite does, until `heal` is called. */
function failing(verb: string, code: string) {
  const probe = new SqliteDatabase(':memory:');
  const prototype = Object.getPrototypeOf(probe.prepare('SELECT 1')) as SqliteDatabase.Statement;
  probe.close();
  const run = prototype.run;
  const spy = vi.spyOn(prototype, 'run').mockImplementation(function (
    this: SqliteDatabase.Statement,
    ...parameters: unknown[]
  ) {
    if (!this.source.toLowerCase().startsWith(verb)) return run.apply(this, parameters);
    throw new SqliteDatabase.SqliteError('injected: /var/lib/drey/secret', code);
  } as never);
  return () => spy.mockRestore();
}

describe('a database that cannot write', () => {
  const faults = [
    { verb: 'insert', code: 'SQLITE_FULL', status: 507 },
    { verb: 'commit', code: 'SQLITE_FULL', status: 507 },
    { verb: 'commit', code: 'SQLITE_IOERR_FSYNC', status: 503 },
    { verb: 'insert', code: 'SQLITE_READONLY_DIRECTORY', status: 503 },
    { verb: 'insert', code: 'SQLITE_BUSY', status: 503 },
  ];
  for (const { verb, code, status } of faults) {
    test(`makes no link, says so without a word of itself, and makes the next: ${code} at ${verb} (CR-03, CR-05, DB-03)`, async () => {
      const server = await startTestServer();
      await server.put(server.bob, 'bob/a.txt', 'hello');
      const create = () =>
        server
          .as(server.bob)
          .post('/api/v1/links')
          .send({ items: ['storage:a.txt'] });
      const heal = failing(verb, code);
      const failed = await create();
      heal();
      expect(failed.status).toBe(status);
      expect(failed.text).not.toMatch(/injected|\/var\/lib|SQLITE/);
      expect((await server.as(server.bob).get('/api/v1/links').expect(200)).body.items).toEqual([]);
      await create().expect(201);
    });
  }

  test('keeps a revocation it could not write from being told as done (CR-04)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'hello');
    const link = await server.link(server.bob, { items: ['storage:a.txt'] });
    const heal = failing('update', 'SQLITE_FULL');
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(507);
    heal();
    await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
  });

  test('lets what is there be read (CR-04)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'hello');
    const link = await server.link(server.bob, { items: ['storage:a.txt'] });
    const heals = ['insert', 'update', 'delete', 'commit'].map((verb) => failing(verb, 'SQLITE_FULL'));
    await server.as(server.bob).get('/api/v1/content/bob/a.txt').expect(200);
    await server
      .as()
      .get(`${new URL(link.url).pathname}/raw`)
      .expect(200);
    for (const heal of heals.toReversed()) heal();
  });
});

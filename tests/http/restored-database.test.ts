import { appendFile, copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { tokenOf } from '../support/canaries.ts';
import { password, startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';

const statusOf = async (server: TestServer, link: Link) =>
  (await server.as().get(`/s/${tokenOf(link)}/raw`)).status;

/** Takes a backup as the documentation says. */
async function backUp(server: TestServer): Promise<string> {
  const copy = join(server.dataFolder, 'backup.db');
  const db = new Database(join(server.dataFolder, 'drey.db'), { readonly: true });
  await db.backup(copy);
  db.close();
  return copy;
}

/** Stops the server, puts the backup in the place of the database, and starts again. */
async function restore(server: TestServer, backup: string): Promise<TestServer> {
  await server.services.close();
  const file = join(server.dataFolder, 'drey.db');
  for (const end of ['', '-wal', '-shm']) await rm(`${file}${end}`, { force: true });
  await copyFile(backup, file);
  const again = await startServerOn(server.dataFolder);
  onTestFinished(() => again.close());
  return again;
}

test('a database restored from a backup brings back no revoked link, token or user (DB-05, DB-02)', async () => {
  const server = await startTestServer();
  const { bob, alice } = server;
  const [carol, dave, erin] = [
    await server.createUser('carol'),
    await server.createUser('dave'),
    await server.createUser('erin'),
  ];
  await server.put(bob, 'bob/a.txt', 'a');
  const link = () => server.link(bob, { items: ['storage:a.txt'] });
  const [kept, revoked, renewed, undone] = [await link(), await link(), await link(), await link()];
  const signedIn = await server.as().post('/api/v1/session').send({ name: 'bob', password });
  const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const made = await server.as(bob).post('/api/v1/tokens').send({ label: 'leaked' });
  await server.as(bob).delete(`/api/v1/links/${undone.id}`);

  const backup = await backUp(server);
  await server.as(bob).delete(`/api/v1/links/${revoked.id}`).expect(204);
  await server.as(bob).post(`/api/v1/links/${renewed.id}/generations`).expect(201);
  await server.as(bob).patch(`/api/v1/links/${undone.id}`).send({ revoked: false }).expect(200);
  await server.as(bob).delete(`/api/v1/tokens/${made.body.id}`).expect(204);
  await server.as(alice).patch('/api/v1/users/carol').send({ isDisabled: true }).expect(200);
  await server.as(alice).delete('/api/v1/users/dave').expect(204);
  await server.as(alice).patch('/api/v1/users/erin').send({ password: 'the old one leaked' }).expect(200);

  const again = await restore(server, backup);
  expect([await statusOf(again, kept), await statusOf(again, undone)]).toEqual([200, 200]);
  expect([await statusOf(again, revoked), await statusOf(again, renewed)]).toEqual([410, 410]);
  for (const token of [made.body.token as string, carol.token, dave.token]) {
    await again.as({ name: '', token }).get('/api/v1/session').expect(401);
  }
  await again.as(erin).get('/api/v1/session').expect(200);
  await again.as().post('/api/v1/session').send({ name: 'erin', password }).expect(401);
  await again.as().get('/api/v1/session').set('Cookie', cookie).expect(401);
  expect(again.logLines.join('')).toContain('what was revoked since is revoked again');
});

test('who was enabled after the backup stays enabled', async () => {
  const server = await startTestServer();
  const setDisabled = (isDisabled: boolean) =>
    server.as(server.alice).patch('/api/v1/users/bob').send({ isDisabled }).expect(200);
  await setDisabled(true);
  const backup = await backUp(server);
  await setDisabled(false);
  const again = await restore(server, backup);
  await again.as(server.bob).get('/api/v1/session').expect(200);
});

test('a restart without a backup changes nothing, and ends no session (TK-21)', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  const link = await server.link(server.bob, { items: ['storage:a.txt'] });
  await server.as(server.bob).delete(`/api/v1/links/${link.id}`).expect(204);
  await server.as(server.bob).patch(`/api/v1/links/${link.id}`).send({ revoked: false }).expect(200);
  const signedIn = await server.as().post('/api/v1/session').send({ name: 'bob', password });
  const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  for (let start = 0; start < 3; start += 1) {
    const again = await startServerOn(server.dataFolder);
    await again.as().get('/api/v1/session').set('Cookie', cookie).expect(200);
    expect(await statusOf(again, link)).toBe(200);
    expect(again.logLines.join('')).not.toContain('revoked again');
    await again.close();
  }
});

test('a line of the log that a loss of power cut off is dropped, and the log is readable by us alone', async () => {
  const server = await startTestServer();
  const log = join(server.dataFolder, 'revocations.log');
  expect((await stat(log)).mode & 0o777).toBe(0o600);
  const { body } = await server.as(server.bob).post('/api/v1/tokens').send({});
  await server.as(server.bob).delete(`/api/v1/tokens/${body.id}`).expect(204);
  const whole = await readFile(log, 'utf8');
  await appendFile(log, '{"kind":"token_del');
  const again = await startServerOn(server.dataFolder);
  expect(await readFile(log, 'utf8')).toBe(whole);
  await again.as(server.bob).get('/api/v1/session').expect(200);
  await again.close();
});

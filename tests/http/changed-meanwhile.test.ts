import { afterEach, describe, expect, test, vi } from 'vitest';
import { GranteeNames } from '../../server/accounts/grantee-names.ts';
import { PasswordHasher } from '../../server/accounts/password-hasher.ts';
import { FilesService } from '../../server/files/files-service.ts';
import { RawConnection } from '../support/raw-http.ts';
import { password, startTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

afterEach(() => vi.restoreAllMocks());

/** Sends all of a JSON request but its last byte, does something when the server waits for that, and sends it. */
async function askSlowly(
  server: TestServer,
  { token }: TestUser,
  path: string,
  body: object,
  meanwhile: () => Promise<unknown>,
): Promise<number | undefined> {
  const text = JSON.stringify(body);
  const connection = new RawConnection(server.origin).send(
    `POST ${path} HTTP/1.1\r\nHost: drey\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${text.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await connection.until('100 Continue');
  connection.send(text.slice(0, -1));
  await meanwhile();
  connection.send(text.slice(-1));
  await connection.closed();
  return connection.statuses.at(-1);
}

/** Holds whoever has called a method of `prototype`, with its answer, until `release`. */
function hold<Name extends string, T extends Record<Name, (...args: never[]) => Promise<unknown>>>(
  prototype: T,
  method: Name,
) {
  const held = Promise.withResolvers<void>();
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  const original = prototype[method] as unknown as (...args: unknown[]) => Promise<unknown>;
  vi.spyOn(prototype, method as never).mockImplementation(async function (this: T, ...args: unknown[]) {
    const answer = await original.apply(this, args);
    held.resolve();
    await gate;
    return answer;
  } as never);
  return { held: held.promise, release };
}

describe('who asks is who they are when all of it has come', () => {
  test('an administrator who is none any more makes no account (AZ-04)', async () => {
    const server = await startTestServer();
    const { alice } = server;
    const carol = await server.createUser('carol', true);
    const newUser = { name: 'mallory', password, isAdmin: true };
    const status = await askSlowly(server, carol, '/api/v1/users', newUser, () =>
      server.as(alice).patch('/api/v1/users/carol').send({ isAdmin: false }).expect(200),
    );
    expect(status).toBe(403);
    await server.as(alice).get('/api/v1/users/mallory').expect(404);
  });

  test('a token that was revoked makes no other (AU-06)', async () => {
    const server = await startTestServer();
    const { bob } = server;
    const [{ id }] = (await server.as(bob).get('/api/v1/tokens').expect(200)).body.items;
    const status = await askSlowly(server, bob, '/api/v1/tokens', { label: 'kept' }, () =>
      server.as(bob).delete(`/api/v1/tokens/${id}`).expect(204),
    );
    expect(status).toBe(401);
    expect(await server.services.tokens.listOf((await server.services.users.get('bob')).id)).toEqual([]);
  });

  test('somebody deleted grants nothing in the home of the next one of that name (AZ-07)', async () => {
    const server = await startTestServer();
    const { alice, bob } = server;
    const carol = await server.createUser('carol');
    const grant = { uri: 'storage:a', grantee: 'user:bob', level: 'manage' };
    const status = await askSlowly(server, carol, '/api/v1/grants', grant, async () => {
      await server.as(alice).delete('/api/v1/users/carol').expect(204);
      const next = await server.createUser('carol');
      await server.as(next).put('/api/v1/directories/carol/a').expect(201);
    });
    expect(status).toBe(401);
    await server.as(bob).get('/api/v1/entries/carol/a').expect(404);
  });
});

describe('while a password is being verified', () => {
  test('and changed, the old one opens no session (AU-06)', async () => {
    const server = await startTestServer();
    const { held, release } = hold(PasswordHasher.prototype, 'verify');
    const signingIn = server.as().post('/api/v1/session').send({ name: 'bob', password }).then();
    await held;
    vi.restoreAllMocks();
    const change = { password: 'another long one' };
    await server.as(server.alice).patch('/api/v1/users/bob').send(change).expect(200);
    release();
    expect((await signingIn).status).toBe(401);
    await server
      .as()
      .post('/api/v1/session')
      .send({ name: 'bob', ...change })
      .expect(201);
  });

  test('and somebody disabled, no session waits for them to be enabled again', async () => {
    const server = await startTestServer();
    const { held, release } = hold(PasswordHasher.prototype, 'verify');
    const signingIn = server.as().post('/api/v1/session').send({ name: 'bob', password }).then();
    await held;
    await server.as(server.alice).patch('/api/v1/users/bob').send({ isDisabled: true }).expect(200);
    release();
    expect((await signingIn).status).toBe(401);
  });

  test('the last two administrators cannot both demote each other', async () => {
    const server = await startTestServer();
    const carol = await server.createUser('carol', true);
    const { held, release } = hold(PasswordHasher.prototype, 'hash');
    const change = { isAdmin: false, password: 'another long one' };
    const both = [
      server.as(server.alice).patch('/api/v1/users/carol').send(change).then(),
      server.as(carol).patch('/api/v1/users/alice').send(change).then(),
    ];
    await held;
    release();
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const admins = (await server.services.users.list()).filter((user) => user.is_admin);
    expect(admins).toHaveLength(1);
  });
});

describe('what is deleted while it is shared', () => {
  test('is not linked, and what comes to its place later is not given (SH-19)', async () => {
    const server = await startTestServer();
    const { bob } = server;
    await server.put(bob, 'bob/a.txt', 'old');
    const { held, release } = hold(FilesService.prototype, 'stat');
    const making = server
      .as(bob)
      .post('/api/v1/links')
      .send({ items: ['storage:a.txt'] })
      .then();
    await held;
    vi.restoreAllMocks();
    await server.as(bob).delete('/api/v1/entries/bob/a.txt').expect(204);
    release();
    expect((await making).status).toBe(404);
    await server.put(bob, 'bob/a.txt', 'new');
    const { items } = (await server.as(bob).get('/api/v1/links').expect(200)).body;
    expect(items).toMatchObject([{ state: 'orphaned', items: [] }]);
  });

  test('is not granted, and what comes to its place later is nobody else’s (SH-19)', async () => {
    const server = await startTestServer();
    const { alice, bob } = server;
    await server.put(bob, 'bob/a.txt', 'old');
    const { held, release } = hold(GranteeNames.prototype, 'toId');
    const grant = { uri: 'storage:a.txt', grantee: 'user:alice', level: 'read' };
    const giving = server.as(bob).post('/api/v1/grants').send(grant).then();
    await held;
    vi.restoreAllMocks();
    await server.as(bob).delete('/api/v1/entries/bob/a.txt').expect(204);
    release();
    expect((await giving).status).toBe(404);
    await server.put(bob, 'bob/a.txt', 'new');
    await server.as(alice).get('/api/v1/entries/bob/a.txt').expect(404);
  });
});

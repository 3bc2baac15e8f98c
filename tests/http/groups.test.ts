import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

async function startWithGroup() {
  const server = await startTestServer();
  const carol = await server.createUser('carol');
  await server.as(server.bob).put('/api/v1/directories/bob/shared').expect(201);
  await server.put(server.bob, 'bob/shared/a.txt', 'a');
  await server.as(server.alice).post('/api/v1/groups').send({ name: 'vision' }).expect(201);
  await server.as(server.alice).put('/api/v1/groups/vision/members/carol').expect(204);
  const grant = (grantee: string, level: string) =>
    server.as(server.bob).post('/api/v1/grants').send({ uri: 'storage:shared', grantee, level });
  return { server, carol, grant };
}

function readBy(server: TestServer, user: TestServer['bob']) {
  return server.as(user).get('/api/v1/content/bob/shared/a.txt');
}

describe('a grant to a group', () => {
  test('reaches its members, until they leave it or it is deleted (AZ-04)', async () => {
    const { server, carol, grant } = await startWithGroup();
    await readBy(server, carol).expect(404);
    await grant('group:vision', 'read').expect(201);
    await readBy(server, carol).expect(200);
    await server.as(server.alice).delete('/api/v1/groups/vision/members/carol').expect(204);
    await readBy(server, carol).expect(404);

    await server.as(server.alice).put('/api/v1/groups/vision/members/carol').expect(204);
    await readBy(server, carol).expect(200);
    await server.as(server.alice).delete('/api/v1/groups/vision').expect(204);
    await server.as(server.alice).post('/api/v1/groups').send({ name: 'vision' }).expect(201);
    await server.as(server.alice).put('/api/v1/groups/vision/members/carol').expect(204);
    await readBy(server, carol).expect(404);
  });

  test('is listed by name, received by its members, and explained as what decides', async () => {
    const { server, carol, grant } = await startWithGroup();
    await grant('group:vision', 'write').expect(201);
    await grant('public', 'read').expect(201);
    const received = await server.as(carol).get('/api/v1/grants?direction=received').expect(200);
    expect(
      received.body.items.map((item: { grantee: string; level: string }) => `${item.grantee} ${item.level}`),
    ).toEqual(['group:vision write', 'public read']);
    const question = '/api/v1/grants/explanation?uri=storage:/bob/shared/a.txt&user=carol';
    const explained = await server.as(server.bob).get(question).expect(200);
    expect(explained.body).toEqual({
      level: 'write',
      cause: { kind: 'grant', uri: 'storage://home/bob/shared', grantee: 'group:vision', level: 'write' },
    });
    await server.as(carol).get(question).expect(200);
    await server
      .as(await server.createUser('dave'))
      .get(question)
      .expect(403);
  });

  test('warns when a user has more already, and takes nothing away', async () => {
    const { server, carol, grant } = await startWithGroup();
    await grant('group:vision', 'write').expect(201);
    const lesser = await grant('user:carol', 'read').expect(201);
    expect(lesser.body.effectiveLevel).toBe('write');
    expect(lesser.body.warning).toContain('write');
    await server.as(carol).put('/api/v1/content/bob/shared/b.txt').send('b').expect(201);
  });

  test('is refused for a group or a user that does not exist, and for what does not exist', async () => {
    const { server, grant } = await startWithGroup();
    await grant('group:nobody', 'read').expect(404);
    await grant('user:nobody', 'read').expect(404);
    await grant('everyone', 'read').expect(400);
    const missing = { uri: 'storage:missing', grantee: 'public', level: 'read' };
    await server.as(server.bob).post('/api/v1/grants').send(missing).expect(404);
  });
});

describe('teammates', () => {
  test('are found by the beginning of their name, groups among them', async () => {
    const { server } = await startWithGroup();
    await server.createUser('victor');
    const { body } = await server.as(server.bob).get('/api/v1/teammates?prefix=VI').expect(200);
    expect(body.items.map((item: { grantee: string }) => item.grantee)).toEqual([
      'user:victor',
      'group:vision',
    ]);
    await server.as(server.bob).get('/api/v1/teammates?prefix=').expect(400);
  });

  test('are never disabled ones, and twenty at most', async () => {
    const { server } = await startWithGroup();
    const found = async (prefix: string) =>
      (await server.as(server.bob).get(`/api/v1/teammates?prefix=${prefix}`).expect(200)).body.items;
    await server.as(server.alice).patch('/api/v1/users/carol').send({ isDisabled: true }).expect(200);
    expect(await found('ca')).toEqual([]);
    for (let index = 0; index < 21; index += 1)
      await server.services.groups.create({ kind: 'system' }, `team-${index}`);
    expect(await found('te')).toHaveLength(20);
  });

  test('who are no administrators manage no groups (AZ-06)', async () => {
    const { server } = await startWithGroup();
    await server.as(server.bob).get('/api/v1/groups').expect(403);
    await server.as(server.bob).put('/api/v1/groups/vision/members/bob').expect(403);
    await server.as(server.bob).post('/api/v1/groups').send({ name: 'mine' }).expect(403);
  });
});

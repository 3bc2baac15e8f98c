import { expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { tusMetadata } from '../support/tus-client.ts';

const day = 86_400_000;

test('a clock that jumps a year ends only what has a time, and brings back nothing that was ended (CR-14)', async () => {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  const items = ['storage:a.txt'];
  const links = {
    permanent: await server.link(server.bob, { items }),
    timed: await server.link(server.bob, { items, expiresIn: 86_400 }),
    revoked: await server.link(server.bob, { items, expiresIn: 86_400 }),
    usedUp: await server.link(server.bob, { items, maxDownloads: 1 }),
  };
  await server.as(server.bob).delete(`/api/v1/links/${links.revoked.id}`).expect(204);
  await server
    .as()
    .get(`${new URL(links.usedUp.url).pathname}/raw`)
    .expect(200);
  const upload = await server
    .as(server.bob)
    .post('/api/v1/uploads')
    .set('Tus-Resumable', '1.0.0')
    .set('Upload-Length', '5')
    .set('Upload-Metadata', tusMetadata({ uri: 'storage:b.txt' }))
    .expect(201);
  const location = new URL(upload.headers.location as string, server.origin).pathname;
  const statusesAfter = async (days: number) => {
    server.time.now = new Date(Date.now() + days * day);
    const entries = Object.entries(links).map(async ([name, { url }]) => {
      const { status } = await server.as().get(`${new URL(url).pathname}/entries`);
      return [name, status];
    });
    return Object.fromEntries(await Promise.all(entries));
  };
  const ended = { revoked: 410, usedUp: 410, permanent: 200 };
  expect(await statusesAfter(0)).toEqual({ ...ended, timed: 200 });
  expect(await statusesAfter(365)).toEqual({ ...ended, timed: 410 });
  // Back again, and further: what was only late is good for as long as it was to be; what was ended stays so.
  expect(await statusesAfter(-365)).toEqual({ ...ended, timed: 200 });
  await server.services.sweep();
  const asked = server.as(server.bob).head(location).set('Tus-Resumable', '1.0.0');
  expect((await asked.expect(200)).headers['upload-offset']).toBe('0');
  await server.as(server.bob).get('/api/v1/session').expect(200);
  await server.put(server.bob, 'bob/c.txt', 'c');
});

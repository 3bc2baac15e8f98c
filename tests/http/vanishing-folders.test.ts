import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { readZip } from '../support/zip-reader.ts';

const count = 1500;

async function startWithFolder(): Promise<TestServer> {
  const server = await startTestServer();
  const folder = join(server.homeOf('bob'), 'many');
  await mkdir(folder);
  const names = Array.from({ length: count }, (_, index) => `file-${String(index).padStart(4, '0')}.txt`);
  await Promise.all(names.map((name) => writeFile(join(folder, name), name)));
  return server;
}

const remove = (server: TestServer) => server.as(server.bob).delete('/api/v1/entries/bob/many').expect(204);

test('a folder that is deleted while it is listed ends the listing with a plain 404 (CC-07)', async () => {
  const server = await startWithFolder();
  const pageAt = (cursor?: string) =>
    server
      .as(server.bob)
      .get('/api/v1/entries/bob/many')
      .query({ limit: 100, ...(cursor && { cursor }) });
  const first = await pageAt().expect(200);
  const [, ...later] = await Promise.all([
    remove(server),
    ...Array.from({ length: 10 }, () => pageAt(first.body.children.next)),
  ]);
  for (const { status } of later) expect([200, 404]).toContain(status);
  await pageAt(first.body.children.next).expect(404);
});

test('a folder that is deleted while it is zipped leaves a zip that is seen to be broken, or tells what it lacks (CC-07)', async () => {
  const server = await startTestServer();
  const folder = join(server.homeOf('bob'), 'many');
  await mkdir(folder);
  // More than the sockets hold, so that the zip waits in the middle until it is read.
  for (let index = 0; index < 60; index += 1) {
    await writeFile(join(folder, `${index}.bin`), '');
    await truncate(join(folder, `${index}.bin`), 1 << 20);
  }
  const response = await fetch(`${server.origin}/api/v1/archive?item=storage:many`, {
    headers: { Authorization: `Bearer ${server.bob.token}` },
  });
  expect(response.status).toBe(200);
  await remove(server);
  const [read] = await Promise.allSettled([response.arrayBuffer()]);
  if (read.status === 'fulfilled') {
    const names = readZip(Buffer.from(read.value)).map(({ name }) => name);
    expect(names.some((name) => name.includes('_omitted'))).toBe(true);
  }
  await server.as().get('/healthz').expect(200);
});

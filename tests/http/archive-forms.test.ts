import { expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

test('a zip of more items than an address can name is asked for by a form, with the same rights', async () => {
  const server = await startTestServer();
  const names = Array.from({ length: 1500 }, (_, index) => `file with a rather long name ${index}.txt`);
  const send = (files: string[]) => {
    const body = new FormData();
    for (const name of files) body.append('file', new Blob(['x']), name);
    return fetch(`${server.origin}/api/v1/bulk/bob`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.bob.token}` },
      body,
    });
  };
  expect((await send(names.slice(0, 750))).status).toBe(200);
  expect((await send(names.slice(750))).status).toBe(200);
  const item = names.map((name) => `storage:${encodeURIComponent(name)}`);
  const zip = await server
    .as(server.bob)
    .post('/api/v1/archive')
    .type('form')
    .send({ item })
    .responseType('blob')
    .expect(200);
  expect(zip.headers['content-disposition']).toContain('bob.zip');
  expect(Number(zip.headers['content-length'])).toBe((zip.body as Buffer).length);
  await server
    .as(server.bob)
    .post('/api/v1/archive')
    .type('form')
    .send({ item: 'storage:/alice' })
    .expect(404);

  const link = await server.link(server.bob, { items: item.slice(0, 3) });
  const base = new URL(link.url).pathname;
  await server
    .as()
    .post(`${base}/zip`)
    .type('form')
    .send({ item: names.slice(0, 2) })
    .expect(200);
  await server.as().post(`${base}/zip`).type('form').send({ item: names[4] }).expect(404);
  await server.as().post(`${base}/zip`).type('form').send({ item: '../alice' }).expect(404);
});

import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

async function startLimited(maxDownloads: number): Promise<{ server: TestServer; id: string; base: string }> {
  const server = await startTestServer();
  await server.put(server.bob, 'bob/file.txt', 'precious');
  const link = await server.link(server.bob, { items: ['storage:file.txt'], maxDownloads });
  return { server, id: link.id, base: new URL(link.url).pathname };
}

describe('a link with a limit on downloads', () => {
  test('that may be used once is had by exactly one of fifty who ask at once (SH-15)', async () => {
    const { server, base } = await startLimited(1);
    const responses = await Promise.all(Array.from({ length: 50 }, () => server.as().get(`${base}/raw`)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = responses.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body.error.reason}`))).toEqual(
      new Set(['410 used_up']),
    );
  });

  test('is not used up by HEAD, by 304, by looking at the page or by the rest of a download that broke off (SH-15)', async () => {
    const { server, id, base } = await startLimited(1);
    const head = await server.as().head(`${base}/raw`).expect(200);
    await server
      .as()
      .get(`${base}/raw`)
      .set('If-None-Match', head.headers.etag as string)
      .expect(304);
    await server.as().get(base).set('User-Agent', 'Slackbot 1.0').expect(200);
    await server.as().get(`${base}/entries`).expect(200);
    expect((await server.as(server.bob).get(`/api/v1/links/${id}`)).body.downloadsLeft).toBe(1);

    await server.as().get(`${base}/raw`).set('Range', 'bytes=0-3').expect(206);
    const rest = await server.as().get(`${base}/raw`).set('Range', 'bytes=4-').expect(206);
    expect(rest.text ?? rest.body.toString()).toBe('ious');
    await server.as().get(`${base}/raw`).expect(410);
    await server
      .as()
      .get(`${base}/raw`)
      .set('Range', 'bytes=4-')
      .set('User-Agent', 'someone else')
      .expect(410);
    await server.as().get(`${base}/entries`).expect(410);
  });

  test('does not give its content away as a preview', async () => {
    const { server, base } = await startLimited(1);
    await server.as().get(`${base}/raw?inline=1`).expect(403);
    await server.as().get(`${base}/raw`).expect(200);
  });

  test('counts a zip as a download, and works again when the owner raises the limit', async () => {
    const { server, id, base } = await startLimited(1);
    await server.as().get(`${base}/zip`).expect(200);
    await server.as().get(`${base}/zip`).expect(410);
    await server.as(server.bob).patch(`/api/v1/links/${id}`).send({ maxDownloads: 2 }).expect(200);
    await server.as().get(`${base}/raw`).expect(200);
    await server.as().get(`${base}/raw`).expect(410);
  });

  test('no longer resumes once its creator may not share the file any more', async () => {
    const { server, base } = await startLimited(1);
    await server.as().get(`${base}/raw`).set('Range', 'bytes=0-3').expect(206);
    await server.as(server.alice).patch('/api/v1/users/bob').send({ isDisabled: true }).expect(200);
    await server.as().get(`${base}/raw`).set('Range', 'bytes=4-').expect(410);
  });
});

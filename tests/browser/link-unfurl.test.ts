import { expect, test } from 'vitest';
import { startPageServer } from '../support/page-test.ts';
import type { TestServer } from '../support/test-server.ts';

const bot = 'Mozilla/5.0 (compatible; Slackbot-LinkExpanding 1.0)';

/** What a chat reads of a page: its meta tags by their names. */
async function unfurl(
  server: TestServer,
  url: string,
): Promise<{ status: number; tags: Map<string, string>; text: string }> {
  const { status, text } = await server
    .as()
    .get(new URL(url).pathname)
    .set('Accept', 'text/html')
    .set('User-Agent', bot);
  const found = [...text.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)"/g)];
  return {
    status,
    text,
    tags: new Map(found.map(([, name, content]) => [name as string, content as string])),
  };
}

test('a chat is told title, size, until when and an icon with its full address, and uses nothing up (WB-13)', async () => {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/a.bin', Buffer.alloc(700_000));
  await server.put(server.bob, 'bob/b.bin', Buffer.alloc(500_000));
  server.time.now = new Date();
  const link = await server.link(server.bob, {
    items: ['storage:a.bin', 'storage:b.bin'],
    label: 'For "the" <paper>',
    expiresIn: 3 * 86_400,
    maxDownloads: 1,
  });
  const { status, tags } = await unfurl(server, link.url);
  expect(status).toBe(200);
  expect(tags.get('og:title')).toBe('For &quot;the&quot; &lt;paper>');
  expect(tags.get('og:description')).toMatch(/^2 items, 1\.2 MB, until \d{1,2} [A-Z][a-z]{2}(?: \d{4})?$/);
  const icon = new URL(tags.get('og:image') as string);
  expect(icon.origin).toBe(server.origin);
  const image = await server.as().get(icon.pathname).expect(200);
  expect(image.headers['content-type']).toBe('image/png');
  expect([...tags.values()].join()).not.toContain('/s/');
  await server.services.linkTimeline.flush();
  const { body } = await server.as(server.bob).get(`/api/v1/links/${link.id}`);
  expect([body.opens, body.downloads, body.downloadsLeft]).toEqual([0, 0, 1]);
});

test('a chat is told nothing of a link with a password, not even when it is unlocked', async () => {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/secret-name.bin', 'x');
  const link = await server.link(server.bob, {
    items: ['storage:secret-name.bin'],
    password: 'the password',
  });
  const { status, tags, text } = await unfurl(server, link.url);
  expect(status).toBe(401);
  expect([...tags.keys()].filter((name) => /^(?:og|twitter):/.test(name))).toEqual([]);
  expect(text).not.toMatch(/secret-name|bob/);
  const { pathname } = new URL(link.url);
  const agent = server.as();
  await agent.post(`${pathname}/unlock`).send({ password: 'the password' }).expect(204);
  const opened = await agent.get(pathname).set('Accept', 'text/html').expect(200);
  expect(opened.text).toContain('secret-name');
  expect(opened.text).not.toContain('og:');
});

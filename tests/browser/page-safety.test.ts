import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openPage, openSignedIn, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

/** A page of somebody else's, on another site. */
async function startForeignPage(html: string): Promise<string> {
  const foreign = createServer(({ url }, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>x</title>${url === '/' ? html : ''}`);
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void foreign.close());
  return `http://localhost:${(foreign.address() as AddressInfo).port}/`;
}

async function startWithPages() {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/a.html', '<script>alert(1)</script>');
  const link = await server.link(server.bob, { items: ['storage:a.html'] });
  const base = new URL(link.url).pathname;
  const pages = ['/', '/login', '/setup', '/invite', '/browse/bob', '/links', '/nothing', base, '/s/nothing'];
  return { server, base, pages };
}

describe('every page', () => {
  test('runs scripts of its own alone, is framed by nobody and shares its window with nobody (XS-13, XS-14, XS-15)', async () => {
    const { server, pages } = await startWithPages();
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    for (const address of pages) {
      const answer = await page.request.get(address, { headers: { Accept: 'text/html' } });
      const headers = answer.headers();
      expect(headers['content-type'], address).toMatch(/^text\/html/);
      const policy = new Map(
        (headers['content-security-policy'] ?? '').split(';').map((directive) => {
          const [name = '', ...sources] = directive.trim().split(' ');
          return [name, sources.join(' ')];
        }),
      );
      expect(policy.get('script-src'), address).toMatch(/^'self' 'nonce-[\w+/=]{16,}'$/);
      expect(policy.get('object-src'), address).toBe("'none'");
      expect(policy.get('base-uri'), address).toBe("'none'");
      expect(policy.get('frame-ancestors'), address).toBe("'none'");
      expect(headers['x-frame-options'], address).toBe('DENY');
      expect(headers['cross-origin-opener-policy'], address).toBe('same-origin');
    }
  });

  test('stays empty in a frame of somebody else, and so does a file that is shown (XS-13)', async () => {
    const { server, base, pages } = await startWithPages();
    const framed = [...pages, `${base}/raw?inline=1`, '/api/v1/content/bob/a.html?inline=1'];
    const frameOf = (address: string) => `<iframe src="${address}"></iframe>`;
    const harmless = `${await startForeignPage('')}harmless`;
    const foreign = await startForeignPage(
      [harmless, ...framed.map((address) => server.origin + address)].map(frameOf).join(''),
    );
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await page.goto(foreign);
    const [control, ...frames] = page.mainFrame().childFrames();
    expect(control?.url()).toBe(harmless);
    expect(frames).toHaveLength(framed.length);
    for (const frame of frames) await expect.poll(() => frame.url()).toMatch(/^chrome-error:/);
  });

  test('knows nothing of the window that opened it, nor hears what that says (XS-15)', async () => {
    const { server, base } = await startWithPages();
    const foreign = await startForeignPage('<button>Open</button>');
    for (const address of ['/browse/bob', base, `${base}/raw?inline=1`]) {
      const page = await openSignedIn(server, server.bob, '/browse/bob');
      await page.goto(foreign);
      const opening = page.context().waitForEvent('page');
      await page.evaluate((url) => {
        const opened = globalThis.open(url);
        Object.assign(globalThis, { opened });
      }, server.origin + address);
      const opened = await opening;
      await opened.waitForLoadState();
      expect(await opened.evaluate(() => globalThis.opener), address).toBeNull();
      // The opener's hold on it is cut as well: to it, the window is gone, and cannot be spoken to.
      const isGone = () => page.evaluate(() => (globalThis as unknown as { opened: Window }).opened.closed);
      await expect.poll(isGone, { message: address }).toBe(true);
    }
  });
});

const hostile = ['<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', '{{7*7}}', "${'x'}"];

test('what people write about a link and a token is text, and leads nowhere (XS-02, XS-03)', async () => {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/a.txt', 'a');
  const words = `${hostile.join(' ')} javascript:alert(1) [x](javascript:alert(1))`;
  const link = await server.link(server.bob, { items: ['storage:a.txt'], label: hostile[0], note: words });
  const token = { label: words, expiresIn: 3600 };
  await server.as(server.bob).post('/api/v1/tokens').send(token).expect(201);

  const visitor = await openPage(server);
  const owner = await openSignedIn(server, server.bob, '/links');
  for (const page of [visitor, owner]) page.on('dialog', () => expect.fail('A script ran.'));
  const expectText = async (page: typeof visitor, text: string) => {
    await page.getByText(text).first().waitFor();
    expect(await page.locator('img[src="x"], svg[onload], a[href^="javascript:" i]').count()).toBe(0);
    expect(await page.content()).not.toContain('{{49}}');
  };
  await visitor.goto(link.url);
  await expectText(visitor, hostile[0]!);
  await expectText(owner, hostile[0]!);
  await owner.goto('/tokens');
  await expectText(owner, 'javascript:alert(1)');
});

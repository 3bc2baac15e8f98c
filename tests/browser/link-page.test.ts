import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { expectAccessible, openPage, startPageServer, useBrowser } from '../support/page-test.ts';
import { redPng } from '../support/red-png.ts';
import type { TestServer } from '../support/test-server.ts';
import { readZip } from '../support/zip-reader.ts';

useBrowser();

const secret = 'correct horse';
const browsers = [
  ['on', { javaScriptEnabled: true }],
  ['off', { javaScriptEnabled: false }],
] as const;

async function startWithShared(): Promise<TestServer> {
  const server = await startPageServer();
  await server.put(server.bob, 'bob/labels.csv', 'id,label\n'.repeat(200));
  await server.put(server.bob, `bob/${encodeURIComponent('Übersicht #1.bin')}`, Buffer.alloc(2500));
  await server.as(server.bob).put('/api/v1/directories/bob/photos').expect(201);
  await server.as(server.bob).put('/api/v1/directories/bob/photos/summer').expect(201);
  await server.put(server.bob, 'bob/photos/red.png', redPng());
  await server.put(server.bob, 'bob/photos/summer/beach.txt', 'sand');
  return server;
}

const items = ['storage:labels.csv', `storage:${encodeURIComponent('Übersicht #1.bin')}`, 'storage:photos'];

/** Fails when the page asks anybody else for anything, or hands the address on. */
function watchSecrecy(page: Page, server: TestServer, link: Link): () => Promise<void> {
  const token = link.url.split('/s/')[1] as string;
  const leaks: string[] = [];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server.origin && protocol.startsWith('http')) leaks.push(request.url());
    if (request.headers().referer?.includes(token)) leaks.push(`the referrer to ${request.url()}`);
  });
  return async () => {
    expect(leaks).toEqual([]);
    expect(await page.title()).not.toContain(token.slice(0, 20));
  };
}

async function downloadBy(page: Page, act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const begun: Promise<Download> = page.waitForEvent('download');
  await act();
  const download = await begun;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

const namesIn = (zip: Buffer) =>
  readZip(zip)
    .map(({ name }) => name)
    .toSorted();

describe.each(browsers)('an outsider with JavaScript %s', (javaScript, options) => {
  // axe waits by timers, which a page without JavaScript does not have; its markup is that of the other before it is alive.
  const expectUsable = async (page: Page) => {
    if (javaScript === 'on') await expectAccessible(page);
  };

  test('sees several items with sizes, dates and until when, and takes all, one, or some', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items, expiresIn: 2 * 86_400, label: 'For the paper' });
    const page = await openPage(server, options);
    const expectSecrecy = watchSecrecy(page, server, link);
    await page.goto(link.url);
    await page.getByRole('heading', { level: 1, name: 'For the paper' }).waitFor();
    expect(await page.title()).toBe('For the paper · Drey');
    await page.getByText('Shared with you by bob').waitFor();
    await page.getByText(/^until \w{3} \d+ \w{3}.*, \d\d:\d\d \(in 2 days\)/).waitFor();
    await page.getByText('3 items · 4.3 KB and folders').waitFor();
    const row = page.getByRole('listitem').filter({ hasText: 'labels.csv' });
    await row.getByText('1.8 KB').waitFor();
    await row.getByText(/today, \d\d:\d\d/).waitFor();
    await expectUsable(page);

    const all = await downloadBy(page, () => page.getByRole('link', { name: 'Download all' }).click());
    expect(all.name).toBe('For the paper.zip');
    expect(namesIn(all.bytes)).toEqual([
      'labels.csv',
      'photos/',
      'photos/red.png',
      'photos/summer/',
      'photos/summer/beach.txt',
      'Übersicht #1.bin',
    ]);

    const one = await downloadBy(page, () => page.getByRole('link', { name: /Übersicht #1\.bin/ }).click());
    expect([one.name, one.bytes.length]).toEqual(['Übersicht #1.bin', 2500]);

    await page.getByRole('link', { name: 'Select…' }).click();
    await page.getByRole('checkbox', { name: /labels\.csv/ }).check();
    await page.getByRole('checkbox', { name: /photos/ }).check();
    if (javaScript === 'on') await page.getByText('2 items selected · 1.8 KB and folders').waitFor();
    await expectUsable(page);
    const some = await downloadBy(page, () =>
      page
        .getByRole('link', { name: 'Download selected' })
        .or(page.getByRole('button', { name: 'Download selected' }))
        .click(),
    );
    expect(namesIn(some.bytes)).toEqual([
      'labels.csv',
      'photos/',
      'photos/red.png',
      'photos/summer/',
      'photos/summer/beach.txt',
    ]);
    await expectSecrecy();
  });

  test('walks into folders and back up, and takes a folder as a zip of itself', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items });
    const page = await openPage(server, options);
    const expectSecrecy = watchSecrecy(page, server, link);
    await page.goto(link.url);
    await page.getByText('Permanent link').waitFor();
    await page.getByRole('link', { name: /^photos/ }).click();
    await page.getByRole('heading', { level: 1, name: 'photos' }).waitFor();
    await page.getByRole('link', { name: /^summer/ }).click();
    await page.getByRole('heading', { level: 1, name: 'summer' }).waitFor();
    await expectUsable(page);
    const zip = await downloadBy(page, () => page.getByRole('link', { name: 'Download folder' }).click());
    expect(zip.name).toBe('summer.zip');
    expect(namesIn(zip.bytes)).toEqual(['summer/', 'summer/beach.txt']);
    await page
      .getByRole('navigation', { name: 'Folders above' })
      .getByRole('link', { name: 'photos' })
      .click();
    await page.getByRole('link', { name: /^red\.png/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'summer' }).waitFor();
    await expectSecrecy();
  });

  test('sees one picture at its size with a preview, and downloads it under its name', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items: ['storage:photos/red.png'] });
    const page = await openPage(server, options);
    const expectSecrecy = watchSecrecy(page, server, link);
    await page.goto(link.url);
    await page.getByRole('heading', { level: 1, name: 'red.png' }).waitFor();
    await page.getByText(`${redPng().length} B`).waitFor();
    const picture = page.getByRole('img', { name: 'red.png' });
    await expect.poll(() => isDrawn(page)).toBe(true);
    expect(await picture.count()).toBe(1);
    await expectUsable(page);
    const file = await downloadBy(page, () =>
      page.getByRole('link', { name: 'Download', exact: true }).click(),
    );
    expect(file.name).toBe('red.png');
    expect(file.bytes.equals(redPng())).toBe(true);
    await expectSecrecy();
  });

  test('is told that a link has expired or was withdrawn, and nothing more', async () => {
    const server = await startWithShared();
    const expiring = await server.link(server.bob, { items, expiresIn: 60, label: 'For the paper' });
    const revoked = await server.link(server.bob, { items, label: 'For the paper' });
    await server.as(server.bob).delete(`/api/v1/links/${revoked.id}`).expect(204);
    server.time.now = new Date(server.time.now.getTime() + 61_000);
    const page = await openPage(server, options);
    for (const [link, words] of [
      [expiring, 'This link has expired.'],
      [revoked, 'This link has been withdrawn.'],
    ] as const) {
      const answer = await page.goto(link.url);
      expect(answer?.status()).toBe(410);
      await page.getByRole('heading', { level: 1, name: words }).waitFor();
      expect(await page.getByRole('main').innerText()).toBe(`${words}\n\nAsk whoever sent it for a new one.`);
      expect(await page.content()).not.toMatch(/bob|labels|photos|paper/);
      await expectUsable(page);
    }
  });

  test('gives the password of a locked link, wrong first, and is told nothing before it is right', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items, password: secret, label: 'For the paper' });
    const page = await openPage(server, options);
    const expectSecrecy = watchSecrecy(page, server, link);
    const answer = await page.goto(link.url);
    expect(answer?.status()).toBe(401);
    await page.getByRole('heading', { level: 1, name: 'This link needs a password' }).waitFor();
    await expectUsable(page);
    const field = page.getByLabel('Password', { exact: true });
    await field.fill('not it');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('That is not the password of this link.').waitFor();
    expect(await page.content()).not.toMatch(/bob|labels|photos|paper/);
    await expectUsable(page);

    await field.fill(secret);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { level: 1, name: 'For the paper' }).waitFor();
    expect(page.url()).toBe(link.url);
    const one = await downloadBy(page, () => page.getByRole('link', { name: /Übersicht/ }).click());
    expect(one.bytes.length).toBe(2500);
    await server.services.linkTimeline.flush();
    expect((await server.as(server.bob).get(`/api/v1/links/${link.id}`)).body.opens).toBe(1);

    await page.getByRole('link', { name: 'Command line' }).click();
    await page.getByText(`curl -u ":$PASSWORD" -f -OJ '${link.url}/zip'`).waitFor();
    await page.getByRole('link', { name: 'wget' }).click();
    await page.getByText(`wget --auth-no-challenge --user=link --password="$PASSWORD" -O`).waitFor();
    await expectUsable(page);
    await expectSecrecy();
  });

  test('who guesses too often is told how long to wait', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items, password: secret });
    const { pathname } = new URL(link.url);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await server
        .as()
        .post(`${pathname}/unlock`)
        .send({ password: `guess ${attempt}` })
        .expect(401);
    }
    const page = await openPage(server, options);
    await page.goto(link.url);
    await page.getByLabel('Password', { exact: true }).fill(secret);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Too many attempts. Try again in 15 minutes.').waitFor();
  });
});

/** Whether the one picture has its own bytes, rather than the sign for a broken one. */
async function isDrawn(page: Page): Promise<boolean> {
  return page.locator('main img').evaluate((image: HTMLImageElement) => image.naturalWidth > 0);
}

describe('an outsider', () => {
  test('reads a text file in the page', async () => {
    const server = await startWithShared();
    await server.put(server.bob, 'bob/notes.txt', 'One line.\n<b>Not markup.</b>\n');
    const link = await server.link(server.bob, { items: ['storage:notes.txt'] });
    const page = await openPage(server);
    await page.goto(link.url);
    const contents = page.getByRole('region', { name: 'Contents of notes.txt' });
    await expect.poll(() => contents.innerText()).toContain('<b>Not markup.</b>');
    await expectAccessible(page);
  });

  test('sees the password that is being typed only when asking to', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items, password: secret });
    const page = await openPage(server);
    await page.goto(link.url);
    const field = page.getByLabel('Password', { exact: true });
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await field.getAttribute('type')).toBe('password');
    await page.getByRole('button', { name: 'Show the password' }).click();
    expect(await field.getAttribute('type')).toBe('text');
  });

  test('takes more of a long list than an address can name, also what has scrolled out of sight', async () => {
    const server = await startWithShared();
    await server.as(server.bob).put('/api/v1/directories/bob/many').expect(201);
    const long = 'a name that is long, so that few of them fill an address, and longer still '.repeat(3);
    const names = Array.from({ length: 80 }, (_, index) => `${index} ${long.trim()}.txt`);
    await Promise.all(
      names.map((name) => server.put(server.bob, `bob/many/${encodeURIComponent(name)}`, 'x')),
    );
    const link = await server.link(server.bob, { items: ['storage:many'] });
    const page = await openPage(server);
    await page.goto(`${link.url}?select=1`);
    await page.getByText('Tick what you want to download.').waitFor();
    for (const name of names) {
      await page
        .getByRole('checkbox', { name: name.slice(0, 40) })
        .first()
        .check();
    }
    await page.getByText('80 items selected').waitFor();
    const zip = await downloadBy(page, () => page.getByRole('button', { name: 'Download selected' }).click());
    expect(namesIn(zip.bytes)).toEqual(names.toSorted());
  });

  test('on a phone has everything within the width of the screen, and large enough to touch', async () => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items, expiresIn: 3600 });
    const page = await openPage(server, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    await page.goto(link.url);
    await page.getByRole('heading', { level: 1, name: '3 items' }).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    const download = await page.getByRole('link', { name: 'Download all' }).boundingBox();
    expect(download?.height).toBeGreaterThanOrEqual(40);
    await expectAccessible(page);
    await page.getByRole('link', { name: /^photos/ }).tap();
    await page.getByRole('heading', { level: 1, name: 'photos' }).waitFor();
  });

  test.each([
    ['a list', items],
    ['a picture', ['storage:photos/red.png']],
    ['a text', ['storage:photos/summer/beach.txt']],
  ])('of %s loads at most 60 KiB of compressed JavaScript', async (_, shared) => {
    const server = await startWithShared();
    const link = await server.link(server.bob, { items: shared });
    // The least that a proxy leaves of compression, and what a browser asks for over plain http.
    const page = await openPage(server, { extraHTTPHeaders: { 'accept-encoding': 'gzip' } });
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (request.resourceType() === 'script' || /\.m?js$/.test(new URL(request.url()).pathname))
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.goto(link.url, { waitUntil: 'networkidle' });
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(60 * 1024);
  });
});

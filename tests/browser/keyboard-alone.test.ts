import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { openPage, openSignedIn, rowOf, startPageServer, tabTo, useBrowser } from '../support/page-test.ts';
import { readZip } from '../support/zip-reader.ts';

useBrowser();

async function startWithFiles() {
  const server = await startPageServer();
  await server.as(server.bob).put('/api/v1/directories/bob/photos').expect(201);
  await server.put(server.bob, 'bob/photos/beach.txt', 'sand');
  await server.put(server.bob, 'bob/labels.csv', 'a,b\n');
  await server.put(server.bob, 'bob/notes.md', '# Notes');
  return server;
}

async function downloadBy(page: Page, key: string) {
  const begun = page.waitForEvent('download');
  await page.keyboard.press(key);
  const download = await begun;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

test('a link that expires, with a password and a limit, is made and copied without a mouse', async () => {
  const server = await startWithFiles();
  const page = await openSignedIn(server, server.bob, '/browse/bob', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const press = (key: string) => page.keyboard.press(key);
  await rowOf(page, 'labels.csv').waitFor();
  await tabTo(page, page.getByRole('grid'));
  await press('End');
  await tabTo(page, page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }));
  await press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Share notes.md' });
  await dialog.getByRole('button', { name: 'Get Permanent Link' }).and(page.locator(':focus')).waitFor();

  await tabTo(page, dialog.getByLabel('How long'));
  await press('Control+A');
  await page.keyboard.type('36');
  await tabTo(page, dialog.getByLabel('Unit'));
  await page.keyboard.type('hours');
  await tabTo(page, dialog.getByText('Name, note, password, download limit'));
  await press('Enter');
  await tabTo(page, dialog.getByLabel('Password', { exact: true }));
  await page.keyboard.type('swordfish');
  await tabTo(page, dialog.getByLabel('Download limit'));
  await page.keyboard.type('3');
  await tabTo(page, dialog.getByRole('button', { name: 'Create' }), 'Shift+Tab');
  await press('Enter');
  const address = dialog.getByLabel('Address of the link');
  await address.and(page.locator(':focus')).waitFor();
  await tabTo(page, dialog.getByRole('button', { name: 'Copy' }));
  await press('Enter');
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await address.inputValue());

  const { body } = await server.as(server.bob).get('/api/v1/links').expect(200);
  const [link] = body.items as [Link];
  expect(link).toMatchObject({ url: copied, hasPassword: true, maxDownloads: 3 });
  expect(Date.parse(link.expiresAt!) - Date.parse(link.createdAt)).toBe(36 * 3_600_000);
  const { pathname } = new URL(copied);
  await server.as().get(`${pathname}/raw`).expect(401);
  await server.as().get(`${pathname}/raw`).auth('', 'swordfish').expect(200);

  // Back where one was.
  await press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true);
});

test("a link's page is walked, and some of it downloaded, without a mouse", async () => {
  const server = await startWithFiles();
  const items = ['storage:photos', 'storage:labels.csv', 'storage:notes.md'];
  const link = await server.link(server.bob, { items });
  const page = await openPage(server);
  const press = (key: string) => page.keyboard.press(key);
  await page.goto(link.url);
  await page.getByRole('link', { name: 'Download all' }).waitFor();

  await tabTo(page, page.getByRole('link', { name: 'Select…' }));
  await press('Enter');
  await tabTo(page, page.getByRole('checkbox', { name: /photos/ }));
  await press('Space');
  await tabTo(page, page.getByRole('checkbox', { name: /notes\.md/ }));
  await press('Space');
  await page.getByText('2 items selected').waitFor();
  await tabTo(page, page.getByRole('link', { name: 'Download selected' }), 'Shift+Tab');
  const some = await downloadBy(page, 'Enter');
  expect(some.name).toMatch(/\.zip$/);
  expect(
    readZip(some.bytes)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['notes.md', 'photos/', 'photos/beach.txt']);
  await tabTo(page, page.getByRole('link', { name: 'Cancel' }));
  await press('Enter');
  await page.getByRole('link', { name: 'Download all' }).waitFor();

  await tabTo(page, page.getByRole('link', { name: /^photos/ }));
  await press('Enter');
  await page.getByRole('heading', { level: 1, name: 'photos' }).waitFor();
  await tabTo(page, page.getByRole('link', { name: /^beach\.txt/ }));
  await press('Enter');
  await page.getByText('sand').waitFor();
  await tabTo(page, page.getByRole('link', { name: 'Download', exact: true }));
  expect((await downloadBy(page, 'Enter')).bytes.toString()).toBe('sand');
  await tabTo(
    page,
    page.getByRole('navigation', { name: 'Folders above' }).getByRole('link').first(),
    'Shift+Tab',
  );
  await press('Enter');
  await page.getByRole('link', { name: 'Download all' }).waitFor();
});

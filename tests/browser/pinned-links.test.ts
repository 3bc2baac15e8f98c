import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import {
  expectAccessible,
  openPage,
  openSignedIn,
  rowOf,
  startPageServer,
  useBrowser,
} from '../support/page-test.ts';
import { waitUntil } from '../support/wait-until.ts';

useBrowser();

async function startWithCheckpoint() {
  const server = await startPageServer();
  await server.as(server.bob).put('/api/v1/directories/bob/checkpoint').expect(201);
  await server.put(server.bob, 'bob/checkpoint/model.bin', Buffer.alloc(300_000, 1));
  await server.put(server.bob, 'bob/checkpoint/config.json', '{"layers": 12}');
  return server;
}

test('a pinned link is made in the share dialog, which shows how far its manifest is', async () => {
  const server = await startWithCheckpoint();
  // Nothing is read before the test says so.
  const held = vi.spyOn(server.services.pinMaker, 'add').mockImplementation(() => {});
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await rowOf(page, 'checkpoint').click();
  await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share checkpoint' });
  await dialog.getByLabel(/Exactly these bytes/).check();
  await dialog.getByRole('button', { name: 'Get Permanent Link' }).click();
  await dialog.getByRole('progressbar', { name: 'Preparing' }).waitFor();
  const rows = new SqliteDatabase(join(server.dataFolder, 'drey.db'));
  rows.exec('UPDATE pins SET is_listed = 0, files = 2, bytes = 400000, done_files = 1, done_bytes = 100000');
  rows.close();
  await dialog.getByRole('status').filter({ hasText: 'Reading every file: 100 of 400 KB' }).waitFor();
  expect(await dialog.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25');
  await expectAccessible(page);

  const url = await dialog.getByLabel('Address of the link').inputValue();
  const visitor = await openPage(server);
  await visitor.goto(url);
  await visitor.getByText('This link is being prepared').waitFor();
  await expectAccessible(visitor);
  held.mockRestore();
  await server.services.pinMaker.resume();
  await dialog.getByText('Exactly these bytes: 2 files').waitFor();
  expect(await dialog.getByRole('progressbar').count()).toBe(0);
  // Nobody has to reload.
  await visitor.getByRole('link', { name: /^config\.json/ }).waitFor();
});

test("a changed file is refused in plain words until its owner publishes it on the link's page", async () => {
  const server = await startWithCheckpoint();
  const made = await server.link(server.bob, { items: ['storage:checkpoint'], pinned: true });
  await server.services.pinMaker.settled();
  const { pathname } = new URL(made.url);
  const sums = async () => (await server.as().get(`${pathname}/SHA256SUMS`).expect(200)).text;
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const before = hashOf(await sums());

  const visitor = await openPage(server);
  await visitor.goto(made.url);
  const published = visitor.getByRole('region', { name: 'Published version' });
  await published.getByText('2 files').waitFor();
  expect(await published.innerText()).toContain(before);
  // Above the list: below one of 10,000 files nobody would see it.
  const list = visitor.getByRole('link', { name: /^config\.json/ });
  expect((await published.boundingBox())!.y).toBeLessThan((await list.boundingBox())!.y);
  await expectAccessible(visitor);

  await writeFile(join(server.homeOf('bob'), 'checkpoint/config.json'), '{"layers": 24}');
  await list.click();
  await visitor.getByText(/is not what was published any more/).waitFor();
  await visitor.getByRole('link', { name: 'Download', exact: true }).click();
  await visitor.getByText('Ask whoever sent the link to publish it anew.').waitFor();
  expect(await visitor.content()).not.toContain('"error"');

  const page = await openSignedIn(server, server.bob, `/links/${made.id}`);
  const version = page.getByRole('region', { name: 'Published version' });
  await version.getByText(before).waitFor();
  await expectAccessible(page);
  await version.getByRole('button', { name: 'Publish current version' }).click();
  await waitUntil('the new version is published', async () => hashOf(await sums()) !== before);
  const after = hashOf(await sums());
  await version.getByText(after).waitFor();

  await visitor.goto(made.url);
  expect(await published.innerText()).toContain(after);
  await visitor.goto(`${pathname}?path=${encodeURIComponent('checkpoint/config.json')}`);
  const begun = visitor.waitForEvent('download');
  await visitor.getByRole('link', { name: 'Download', exact: true }).click();
  expect(await readFile(await (await begun).path(), 'utf8')).toBe('{"layers": 24}');
  expect((await server.as(server.bob).get(`/api/v1/links/${made.id}`)).body as Link).toMatchObject({
    pin: { state: 'ready', sha256: after },
    nextPin: null,
  });
});

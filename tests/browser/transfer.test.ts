import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openProxy } from '../support/counting-proxy.ts';
import { dropFromDisk, temporaryFolder } from '../support/file-drop.ts';
import { expectAccessible, openSignedIn, rowOf, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('dropping', () => {
  test('a nested folder with more than 100 entries and an empty folder arrives as it was', async () => {
    const server = await startPageServer();
    const folder = join(await temporaryFolder(), 'dataset');
    await mkdir(join(folder, 'deep/er'), { recursive: true });
    await mkdir(join(folder, 'empty'));
    const names = Array.from({ length: 230 }, (_, index) => `deep/er/n ${index}.txt`).concat(
      '100% übel #1?.txt',
      'deep/.hidden',
    );
    await Promise.all(names.map((name) => writeFile(join(folder, name), name)));
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await page.getByText('Nothing in here yet').waitFor();
    await dropFromDisk(page, [folder]);
    const tray = page.getByRole('region', { name: 'Uploads' });
    await tray.getByText(/Uploaded 232 files/).waitFor({ timeout: 60_000 });
    await expectAccessible(page);
    await rowOf(page, 'dataset').waitFor();

    const stored = await readdir(join(server.homeOf('bob'), 'dataset'), {
      recursive: true,
      withFileTypes: true,
    });
    const files = stored.filter((entry) => entry.isFile());
    expect(files).toHaveLength(232);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      expect(await readFile(path, 'utf8')).toBe(path.slice(path.indexOf('dataset/') + 8));
    }
    expect(
      stored
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['deep', 'empty', 'er']);
  });

  test('a file whose name is taken asks, and skipping keeps the old one', async () => {
    const server = await startPageServer();
    await server.put(server.bob, 'bob/a.txt', 'old');
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.txt'), 'new');
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await rowOf(page, 'a.txt').waitFor();
    await dropFromDisk(page, [join(folder, 'a.txt')]);
    await page.getByRole('dialog', { name: /already/ }).waitFor();
    await page.getByRole('button', { name: 'Skip' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('old');

    await dropFromDisk(page, [join(folder, 'a.txt')]);
    await page.getByRole('button', { name: 'Replace', exact: true }).click();
    await expect.poll(() => readFile(join(server.homeOf('bob'), 'a.txt'), 'utf8')).toBe('new');
  });
});

describe('choosing files', () => {
  test('uploads them, goes on by itself after the network was away, and shows nothing under the name before all is there', async () => {
    const server = await startPageServer();
    const folder = await temporaryFolder();
    const bytes = randomBytes(30_000_000);
    await writeFile(join(folder, 'big.bin'), bytes);
    const network = await openProxy(server.origin);
    const page = await openSignedIn(server, server.bob, '/browse/bob', { baseURL: network.url });
    // Slow enough to be met half-way.
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const throttle = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 3_000_000 };
    await session.send('Network.emulateNetworkConditions', throttle);
    await page.getByRole('main').getByRole('button', { name: 'Upload', exact: true }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('menuitem', { name: 'Files…' }).click();
    await (await chooser).setFiles(join(folder, 'big.bin'));
    const tray = page.getByRole('region', { name: 'Uploads' });
    await tray.getByText(/MB\/s/).waitFor();
    expect(await rowOf(page, 'big.bin').count()).toBe(0);
    network.cut({ refuses: true });
    await tray.getByText('Waiting for the connection').waitFor();
    await session.send('Network.emulateNetworkConditions', { ...throttle, uploadThroughput: -1 });
    network.cut();
    await tray
      .getByText(/Uploaded/)
      .first()
      .waitFor({ timeout: 60_000 });
    await rowOf(page, 'big.bin').waitFor();
    expect(sha256(await readFile(join(server.homeOf('bob'), 'big.bin')))).toBe(sha256(bytes));
  });
});

describe('downloading', () => {
  test('one file keeps its name and bytes, several come as one zip', async () => {
    const server = await startPageServer();
    await server.put(server.bob, `bob/${encodeURIComponent('übersicht – final (2).txt')}`, 'content');
    await server.put(server.bob, 'bob/b.txt', 'more');
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    await rowOf(page, 'b.txt').waitFor();
    await page.getByText('übersicht – final (2).txt', { exact: true }).first().click();
    const one = page.waitForEvent('download');
    await page.getByRole('region', { name: 'Selection' }).getByRole('link', { name: 'Download' }).click();
    const download = await one;
    expect(download.suggestedFilename()).toBe('übersicht – final (2).txt');
    expect(await readFile(await download.path(), 'utf8')).toBe('content');

    await rowOf(page, 'b.txt').click({ modifiers: ['Control'] });
    const two = page.waitForEvent('download');
    await page.getByRole('region', { name: 'Selection' }).getByRole('link', { name: 'Download' }).click();
    const zip = await two;
    expect(zip.suggestedFilename()).toBe('bob.zip');
    expect((await readFile(await zip.path())).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  });
});

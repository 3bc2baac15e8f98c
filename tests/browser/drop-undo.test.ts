import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dropFromDisk, readTree, temporaryFolder, trayOf } from '../support/file-drop.ts';
import { expectAccessible, openSignedIn, rowOf, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

const large = randomBytes(2_000_000);
const old = { 'report/': '', 'report/one.txt': 'one old', 'report/kept.txt': 'not in the drop' };

/** A drop of a folder into one that is there, replacing what has the same name; it is over when the tray offers Undo. */
async function dropOver() {
  const server = await startPageServer();
  const home = server.homeOf('bob');
  await mkdir(join(home, 'report'), { recursive: true });
  await writeFile(join(home, 'report/one.txt'), old['report/one.txt']);
  await writeFile(join(home, 'report/kept.txt'), old['report/kept.txt']);

  const report = join(await temporaryFolder(), 'report');
  await mkdir(join(report, 'deep/empty'), { recursive: true });
  await writeFile(join(report, 'one.txt'), 'one new');
  await writeFile(join(report, 'two.txt'), 'two');
  await writeFile(join(report, 'deep/large.bin'), large);
  const loose = join(report, '../loose.txt');
  await writeFile(loose, 'loose');

  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await rowOf(page, 'report').waitFor();
  await dropFromDisk(page, [report, loose]);
  await page.getByRole('dialog').getByRole('button', { name: 'Replace', exact: true }).click();
  const tray = trayOf(page);
  await tray.getByText('Uploaded 4 files').waitFor();
  expect(await readTree(home)).toEqual({
    ...old,
    'report/one.txt': 'one new',
    'report/two.txt': 'two',
    'report/deep/': '',
    'report/deep/empty/': '',
    'report/deep/large.bin': large.toString('latin1'),
    'loose.txt': 'loose',
  });
  await rowOf(page, 'loose.txt').waitFor();
  const undo = tray.getByRole('button', { name: 'Undo', exact: true });
  await undo.waitFor();
  return { server, home, page, undo };
}

test('Undo in the tray takes back exactly what the drop added and puts back what it replaced', async () => {
  const { home, page, undo } = await dropOver();
  await expectAccessible(page);
  await undo.click();
  await page.getByText('Took back 3 files and put back 1 replaced file.').waitFor();
  await rowOf(page, 'loose.txt').waitFor({ state: 'detached' });
  expect(await readTree(home)).toEqual(old);
  await undo.waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
});

test('Undo leaves alone what somebody changed since the drop, and says so', async () => {
  const { server, home, page, undo } = await dropOver();
  await server.put(server.bob, 'bob/report/one.txt', 'one by a colleague');
  await writeFile(join(home, 'report/deep/notes.txt'), 'by another program');
  await undo.click();
  await page.getByText('Took back 3 files. 1 file was changed since and stays.').waitFor();
  expect(await readTree(home)).toEqual({
    ...old,
    'report/one.txt': 'one by a colleague',
    'report/deep/': '',
    'report/deep/notes.txt': 'by another program',
  });
});

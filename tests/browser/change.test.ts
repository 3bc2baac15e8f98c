import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectAccessible, openSignedIn, rowOf, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

async function startWithFiles() {
  const server = await startPageServer();
  const home = server.homeOf('bob');
  await mkdir(join(home, 'target'));
  await server.put(server.bob, 'bob/notes.txt', 'mine');
  await server.put(server.bob, 'bob/plan.txt', 'plan');
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await rowOf(page, 'notes.txt').waitFor();
  const visible = async (folder = '.') =>
    (await readdir(join(home, folder))).filter((name) => name !== '.drey').toSorted();
  return { server, home, page, visible };
}

describe('in the page', () => {
  test('a folder is made, and a name that is taken is refused with a reason', async () => {
    const { page, visible } = await startWithFiles();
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('target');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page
      .getByRole('dialog')
      .getByText(/already/)
      .first()
      .waitFor();
    await expectAccessible(page);
    await page.getByRole('dialog').getByLabel('Name').fill('fresh');
    await page.keyboard.press('Enter');
    await rowOf(page, 'fresh').waitFor();
    expect(await visible()).toEqual(['fresh', 'notes.txt', 'plan.txt', 'target']);
  });

  test('a file is renamed in place with F2, and Escape leaves it as it was', async () => {
    const { page, visible } = await startWithFiles();
    await rowOf(page, 'notes.txt').click();
    await page.keyboard.press('F2');
    await page.getByLabel('New name').fill('other.txt');
    await page.keyboard.press('Escape');
    await rowOf(page, 'notes.txt').waitFor();
    await page.keyboard.press('F2');
    await page.getByLabel('New name').fill('renamed.txt');
    await page.keyboard.press('Enter');
    await rowOf(page, 'renamed.txt').waitFor();
    expect(await visible()).toEqual(['plan.txt', 'renamed.txt', 'target']);
  });

  test('files are moved by the folder picker, and the move is undone from the notice', async () => {
    const { page, visible } = await startWithFiles();
    await rowOf(page, 'notes.txt').click();
    await rowOf(page, 'plan.txt').click({ modifiers: ['Control'] });
    await page.getByRole('button', { name: 'Move' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'target' }).click();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Move here' }).click();
    await expect.poll(() => visible('target')).toEqual(['notes.txt', 'plan.txt']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => visible()).toEqual(['notes.txt', 'plan.txt', 'target']);
  });

  test('a file is moved by dragging it onto a folder', async () => {
    const { page, visible } = await startWithFiles();
    await rowOf(page, 'notes.txt').dragTo(rowOf(page, 'target'));
    await expect.poll(() => visible('target')).toEqual(['notes.txt']);
  });

  test('a copy to where the name is taken asks, and keeps both', async () => {
    const { page, home, server, visible } = await startWithFiles();
    await server.put(server.bob, 'bob/target/notes.txt', 'theirs');
    await rowOf(page, 'notes.txt').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy to…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'target' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Copy here' }).click();
    await page.getByRole('dialog', { name: /already/ }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Keep both' }).click();
    await expect.poll(() => visible('target')).toEqual(['notes (2).txt', 'notes.txt']);
    expect(await readFile(join(home, 'target/notes.txt'), 'utf8')).toBe('theirs');
    expect(await readFile(join(home, 'target/notes (2).txt'), 'utf8')).toBe('mine');
  });

  test('deleting says what and how much, and is done only when confirmed', async () => {
    const { page, home, server } = await startWithFiles();
    await server.put(server.bob, 'bob/target/a.bin', Buffer.alloc(2000));
    await server.put(server.bob, 'bob/target/b.bin', Buffer.alloc(3000));
    await rowOf(page, 'target').click();
    await page.keyboard.press('Delete');
    const dialog = page.getByRole('dialog', { name: /Delete/ });
    await dialog.getByText(/2 files.*5 KB/).waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(existsSync(join(home, 'target'))).toBe(true);
    await page.keyboard.press('Delete');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => existsSync(join(home, 'target'))).toBe(false);
    await expect.poll(() => rowOf(page, 'target').count()).toBe(0);
  });
});

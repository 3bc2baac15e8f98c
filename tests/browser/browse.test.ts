import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, openSignedIn, rowOf, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

async function startWithFolder() {
  const server = await startPageServer();
  const home = server.homeOf('bob');
  await mkdir(join(home, 'photos/summer'), { recursive: true });
  await Promise.all(
    ['apple.txt', 'banana.txt', 'cherry.txt', '.secret', 'item 2', 'item 10'].map((name, index) =>
      writeFile(join(home, 'photos', name), 'x'.repeat(100 * (index + 1))),
    ),
  );
  return server;
}

/** The names in the list, in the order in which they are seen. */
async function shownNames(page: Page): Promise<string[]> {
  const rows = await page.getByRole('row').evaluateAll((elements) =>
    elements.map((row) => ({
      index: Number(row.getAttribute('aria-rowindex')),
      name: row.querySelectorAll('[role=gridcell]')[1]?.textContent?.trim(),
    })),
  );
  return rows.toSorted((a, b) => a.index - b.index).flatMap(({ name }) => (name === undefined ? [] : [name]));
}

describe('a folder', () => {
  test('shows folders first and names in their natural order, sorts by each column, and hides what begins with a dot', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/photos');
    await rowOf(page, 'apple.txt').waitFor();
    const names = () => shownNames(page);
    expect(await names()).toEqual(['summer', 'apple.txt', 'banana.txt', 'cherry.txt', 'item 2', 'item 10']);
    await page.getByRole('button', { name: 'Size' }).click();
    await expect
      .poll(names)
      .toEqual(['summer', 'item 10', 'item 2', 'cherry.txt', 'banana.txt', 'apple.txt']);
    await page.getByRole('button', { name: 'Size' }).click();
    await expect
      .poll(names)
      .toEqual(['summer', 'apple.txt', 'banana.txt', 'cherry.txt', 'item 2', 'item 10']);
    await page.getByRole('button', { name: 'Name' }).click();
    await page
      .getByRole('columnheader', { name: 'Name', exact: true })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor();
    await page.getByRole('button', { name: 'View' }).click();
    await page.getByRole('menuitemcheckbox', { name: /hidden/i }).click();
    await rowOf(page, '.secret').waitFor();
    await page.keyboard.press('Escape');
    await expectAccessible(page);
  });

  test('is narrowed while one types, says so when nothing fits, and opens what is left with Enter', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/photos');
    await rowOf(page, 'apple.txt').waitFor();
    await page.getByLabel('Filter this folder').fill('AN');
    await expect.poll(() => page.getByText('apple.txt').count()).toBe(0);
    expect(await page.getByText('banana.txt', { exact: true }).count()).toBe(1);
    await page.getByLabel('Filter this folder').fill('nothing like it');
    await page
      .getByText(/no match|nothing.*match|nothing here/i)
      .first()
      .waitFor();
  });

  test('is walked by keyboard: arrows, first letters, Enter, Backspace, select all, Escape, and the help', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/photos');
    await rowOf(page, 'apple.txt').click();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => rowOf(page, 'banana.txt').getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('Control+a');
    await page.getByText('6 selected').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByText('6 selected').count()).toBe(0);
    await page.keyboard.type('su');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/browse/bob/photos/summer');
    await page.getByText('Nothing in here yet').waitFor();
    await page.keyboard.press('Backspace');
    await page.waitForURL('**/browse/bob/photos');
    await rowOf(page, 'apple.txt').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: /keyboard/i }).waitFor();
    await expectAccessible(page);
  });

  test('counts what is selected by click, Control and Shift, and how many bytes that is', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/photos');
    await rowOf(page, 'apple.txt').click();
    await rowOf(page, 'cherry.txt').click({ modifiers: ['Shift'] });
    await page.getByRole('region', { name: 'Selection' }).getByText('3 selected').waitFor();
    await page.getByRole('region', { name: 'Selection' }).getByText('600 B').waitFor();
    await rowOf(page, 'banana.txt').click({ modifiers: ['Control'] });
    await page.getByRole('region', { name: 'Selection' }).getByText('400 B').waitFor();
    await expectAccessible(page);
  });

  test('survives a reload and Back, and one that has vanished offers the nearest that is there', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/photos/summer');
    await page.getByText('Nothing in here yet').waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'photos' }).click();
    await rowOf(page, 'apple.txt').waitFor();
    await page.goBack();
    await page.getByText('Nothing in here yet').waitFor();
    await page.goto('/browse/bob/photos/gone/for/good');
    await page
      .getByRole('main')
      .getByRole('link', { name: /photos/ })
      .last()
      .click();
    await page.waitForURL('**/browse/bob/photos');
    await rowOf(page, 'apple.txt').waitFor();
  });

  test('shows names as text, whatever markup they are (XS-02)', async () => {
    const server = await startPageServer();
    const hostile = ['<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', '{{7*7}}', "${'x'}"];
    await Promise.all(hostile.map((name) => server.put(server.bob, `bob/${encodeURIComponent(name)}`, 'x')));
    const page = await openSignedIn(server, server.bob, '/browse/bob');
    let dialogs = 0;
    page.on('dialog', (dialog) => void (dialogs++, dialog.dismiss()));
    for (const name of hostile) await page.getByText(name, { exact: true }).first().waitFor();
    await rowOf(page, hostile[0] as string).click();
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('dialog').waitFor();
    expect(dialogs).toBe(0);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });
});

describe('a folder of 100,000 entries', () => {
  test('opens, scrolls to its end and selects all, without freezing', async () => {
    const server = await startPageServer();
    const folder = join(server.homeOf('bob'), 'many');
    await mkdir(folder);
    for (let from = 0; from < 100_000; from += 1000) {
      await Promise.all(
        Array.from({ length: 1000 }, (_, index) => writeFile(join(folder, `file-${from + index}.txt`), 'ab')),
      );
    }
    const page = await openSignedIn(server, server.bob, '/browse/bob/many');
    await rowOf(page, 'file-0.txt').click();
    await page.keyboard.press('End');
    await rowOf(page, 'file-99999.txt').waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(200);
    await page.keyboard.press('Control+a');
    await page.getByText('100,000 selected').waitFor();
    await page.getByText('200 KB').waitFor();
    // The page still answers: what is typed arrives at once.
    await page.keyboard.press('Escape');
    await page.getByLabel('Filter this folder').fill('file-77777');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
  });
});

test('no page is higher than its window, which would have a scroll bar beside its own', async () => {
  const server = await startPageServer();
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await page.getByText('Nothing in here yet').waitFor();
  const excess = () =>
    page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);
  expect(await excess()).toBe(0);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await excess()).toBe(0);
});

test('a page that was not open before is told not to be had while the server is away, beside the places', async () => {
  const server = await startPageServer();
  const page = await openSignedIn(server, server.bob, '/browse/bob');
  await page.getByText('Nothing in here yet').waitFor();
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Shared with me' }).click();
  await page.getByRole('heading', { name: 'The server cannot be reached' }).waitFor();
  await page.getByRole('link', { name: 'Links' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('status').filter({ hasText: 'Tried again: The server does not answer.' }).waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Nothing is shared with you yet').waitFor();
});

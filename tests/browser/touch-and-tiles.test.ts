import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, openSignedIn, rowOf, startPageServer, useBrowser } from '../support/page-test.ts';

useBrowser();

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

async function startWithFolder() {
  const server = await startPageServer();
  const folder = join(server.homeOf('bob'), 'samples');
  await mkdir(join(folder, 'deeper'), { recursive: true });
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await writeFile(join(folder, name), name);
  return server;
}

/** Fingers on the page, one after the other, as Chromium would hear them from a screen. */
async function fingerOn(page: Page) {
  const session = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints });
  return {
    async down(target: Locator): Promise<{ x: number; y: number }> {
      const box = (await target.boundingBox())!;
      const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await touch('touchStart', [point]);
      return point;
    },
    move: (point: { x: number; y: number }) => touch('touchMove', [point]),
    up: () => touch('touchEnd', []),
  };
}

const selectedNames = (page: Page) =>
  page.locator('[aria-selected=true]').evaluateAll((items) => items.map((item) => item.textContent?.trim()));

describe('with a finger', () => {
  test('a long press selects, taps then add to it, and a tap on nothing selected opens', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/samples', phone);
    const finger = await fingerOn(page);
    await rowOf(page, 'b.txt').waitFor();

    await finger.down(rowOf(page, 'b.txt'));
    const bar = page.getByRole('region', { name: 'Selection' });
    await bar.getByText('1 selected').waitFor();
    await finger.up();
    expect(await selectedNames(page)).toHaveLength(1);
    await rowOf(page, 'd.txt').tap();
    await bar.getByText('2 selected').waitFor();
    await rowOf(page, 'd.txt').tap();
    await bar.getByText('1 selected').waitFor();
    await expectAccessible(page);
    await rowOf(page, 'b.txt').tap();
    await bar.waitFor({ state: 'hidden' });

    await rowOf(page, 'deeper').tap();
    await page.waitForURL('**/browse/bob/samples/deeper');
  });

  test('a press that becomes a scroll selects nothing', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/samples', phone);
    const finger = await fingerOn(page);
    await rowOf(page, 'b.txt').waitFor();
    await page.clock.install();
    const bar = page.getByRole('region', { name: 'Selection' });

    const point = await finger.down(rowOf(page, 'b.txt'));
    await finger.move({ ...point, y: point.y + 40 });
    await page.clock.runFor(1000);
    expect(await bar.count()).toBe(0);
    await finger.up();

    await finger.down(rowOf(page, 'c.txt'));
    await page.clock.runFor(1000);
    await bar.getByText('1 selected').waitFor();
    await finger.up();
    expect((await selectedNames(page))[0]).toContain('c.txt');
  });
});

describe('as tiles', () => {
  test('a folder is walked in two directions, selected, opened, and still tiles after a reload', async () => {
    const server = await startWithFolder();
    const page = await openSignedIn(server, server.bob, '/browse/bob/samples');
    await page.getByRole('button', { name: 'Show as tiles' }).click();
    const tile = (name: string) => page.getByRole('option').filter({ hasText: name });
    await tile('a.txt').waitFor();
    expect(await page.getByRole('option').allTextContents()).toHaveLength(5);

    await tile('a.txt').click();
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await selectedNames(page)).join()).toContain('b.txt');
    await page.keyboard.press('Shift+ArrowRight');
    await page.getByRole('region', { name: 'Selection' }).getByText('2 selected').waitFor();
    await page.keyboard.press('Home');
    await expect.poll(async () => (await selectedNames(page)).join()).toContain('deeper');
    await expectAccessible(page);

    await page.reload();
    await tile('deeper').waitFor();
    await tile('deeper').dblclick();
    await page.waitForURL('**/browse/bob/samples/deeper');
    await page.goBack();
    await page.getByRole('button', { name: 'Show as a list' }).click();
    await rowOf(page, 'a.txt').waitFor();
  });
});

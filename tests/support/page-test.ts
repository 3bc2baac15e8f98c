import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { loadBuiltPages } from '../../server/web/pages.ts';
import { launchBrowser } from './browser.ts';
import { password, startServerOn, type TestServer, type TestUser } from './test-server.ts';

let browser: Browser;

/** One Chromium for the tests of a file. Call it once at the top. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
}

/** The real server with its built pages, over an empty data folder. */
export async function startPageServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-page-test-'));
  const pages = await loadBuiltPages('');
  const server = await startServerOn(dataFolder, settings, pages.handler);
  onTestFinished(async () => {
    await server.close();
    await rm(dataFolder, { recursive: true, force: true });
  });
  return server;
}

/** A page of a browser that has never been here; what goes wrong in it fails the test. */
export async function openPage(server: TestServer, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: server.origin,
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
  return page;
}

/** The same for someone who is signed in, at `path`. */
export async function openSignedIn(
  server: TestServer,
  user: TestUser,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await openPage(server, options);
  const answer = await page.request.post('/api/v1/session', { data: { name: user.name, password } });
  expect(answer.status()).toBe(201);
  await page.goto(path);
  return page;
}

/** Fails with what axe finds against WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  // What is still fading in has not its colours yet.
  await page.evaluate(async () => {
    const fading = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(fading.map(({ finished }) => finished));
  });
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as { axe: typeof axe };
    const result = await runner.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return result.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map((node) => node.html)
          .join(' | ')
          .slice(0, 300)}`,
    );
  });
  expect(violations).toEqual([]);
}

/** The row of an entry in the list. */
export function rowOf(page: Page, name: string) {
  return page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
}

/** Presses Tab, as somebody without a mouse does, until `target` has the focus; fails when it is never reached. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.first().waitFor();
  const isFocused = () =>
    target.evaluateAll((found) => found.includes(document.activeElement as HTMLElement));
  for (let presses = 0; presses < 80; presses += 1) {
    if (await isFocused()) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${target} is not reached by ${key}.`);
}

import { readFileSync } from 'node:fs';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../tests/support/browser.ts';
import type { DreyServer } from './drey-server.ts';

const longestMs = 15 * 60_000;

/** A signed-in page of a real Chromium, which drops folders as a person does. */
export class BrowserPage {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #devtools: CDPSession;
  readonly #processes: CDPSession;

  private constructor(browser: Browser, page: Page, devtools: CDPSession, processes: CDPSession) {
    this.#browser = browser;
    this.page = page;
    this.#devtools = devtools;
    this.#processes = processes;
  }

  /** Reaches the server at `origin`, which may be a proxy before it. */
  static async open(drey: DreyServer, origin: string): Promise<BrowserPage> {
    const browser = await launchBrowser();
    const context = await browser.newContext({ baseURL: origin, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const answer = await page.request.post('/api/v1/session', { data: drey.credentials });
    if (answer.status() !== 201) throw new Error(`Not signed in: ${answer.status()}`);
    await page.addInitScript(watchLongTasks);
    return new BrowserPage(
      browser,
      page,
      await context.newCDPSession(page),
      await browser.newBrowserCDPSession(),
    );
  }

  /** Drops a folder into an open, empty one and answers the seconds until the page says that all is there. */
  async dropFolder(into: string, folder: string, count: number): Promise<number> {
    await this.page.goto(`/browse/${into}`);
    await this.page.getByText('Nothing in here yet').waitFor();
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
      this.#devtools.send('Input.dispatchDragEvent', { type, x: 700, y: 500, data });
    await drag('dragEnter');
    await drag('dragOver');
    await this.page.getByText(/Drop to upload to/).waitFor();
    const startedAt = performance.now();
    await drag('drop');
    const words = `Uploaded ${count.toLocaleString('en')} files`;
    await this.page.getByText(words, { exact: true }).waitFor({ timeout: longestMs });
    return (performance.now() - startedAt) / 1000;
  }

  /** Memory that the tab has resident, after what nobody needs was thrown away. */
  async residentBytes(): Promise<number> {
    await this.#devtools.send('HeapProfiler.collectGarbage');
    const { processInfo } = await this.#processes.send('SystemInfo.getProcessInfo');
    return processInfo
      .filter(({ type }) => type === 'renderer')
      .map(
        ({ id }) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) * 1024,
      )
      .reduce((sum, bytes) => sum + bytes, 0);
  }

  /** The longest time, in seconds, for which the page could not answer the person. */
  async longestTask(): Promise<number> {
    const tasks = await this.page.evaluate(
      () => (globalThis as unknown as { longTasks: number[] }).longTasks,
    );
    return Math.max(0, ...tasks) / 1000;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

function watchLongTasks(): void {
  const longTasks: number[] = [];
  Object.assign(globalThis, { longTasks });
  new PerformanceObserver((list) =>
    longTasks.push(...list.getEntries().map(({ duration }) => duration)),
  ).observe({
    entryTypes: ['longtask'],
  });
}

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { visibleEntries } from './visible-entries.ts';

/** A folder on this computer for what a test drops, gone when it is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-drop-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Drops files and folders from the disk onto the middle of the page, as the system's file manager does. */
export async function dropFromDisk(page: Page, paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 700, y: 500, data });
  }
  await page.getByText(/Drop to upload to/).waitFor();
  await session.send('Input.dispatchDragEvent', { type: 'drop', x: 700, y: 500, data });
}

/** Where the page tells how uploads go. */
export function trayOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Uploads' });
}

/** Lets bytes leave the page at most so fast, or as fast as they can. */
export async function limitUpload(page: Page, bytesPerSecond: number | undefined): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond ?? -1,
  });
}

/** Every entry below a folder, as its path and what it holds; a folder ends in a slash. */
export async function readTree(folder: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await visibleEntries(folder)) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file);
    if (entry.isDirectory()) tree[`${path}/`] = '';
    else tree[path] = (await readFile(file)).toString('latin1');
  }
  return tree;
}

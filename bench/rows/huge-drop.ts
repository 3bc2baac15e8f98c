import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BrowserPage } from '../browser-page.ts';
import { mebibytes, milliseconds, type Row } from '../table.ts';
import { makeTree } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const tree = { folders: 200, filesEach: 500, bytesEach: 1024 };
const count = tree.folders * tree.filesEach;
const longestTaskSeconds = 0.2;

/** A drop of a hundred thousand files: the page goes on answering, and needs little for each. */
export async function measureHugeDrop({ drey, scratch }: Workbench): Promise<Row[]> {
  const folder = join(scratch, 'huge-drop');
  await makeTree(folder, tree);
  await mkdir(join(drey.home, 'huge'));
  const browser = await BrowserPage.open(drey, drey.origin);
  try {
    const into = `${basename(drey.home)}/huge`;
    await browser.page.goto(`/browse/${into}`);
    await browser.page.getByText('Nothing in here yet').waitFor();
    const before = await browser.residentBytes();
    const seconds = await browser.dropFolder(into, folder, count);
    const grown = (await browser.residentBytes()) - before;
    const longest = await browser.longestTask();
    return [
      {
        work: `a drop of ${count.toLocaleString('en')} files of 1 KiB in Chromium`,
        drey: `${seconds.toFixed(0)} s, ${Math.round(count / seconds)} files/s; the tab grows by ${mebibytes(grown)}, ${(grown / count / 1024).toFixed(1)} KiB a file`,
        peer: '',
        ratio: '',
        target: 'shown',
        isMet: undefined,
      },
      {
        work: 'longest task of the page during it',
        drey: milliseconds(longest),
        peer: '',
        ratio: '',
        target: `≤ ${milliseconds(longestTaskSeconds)}`,
        isMet: longest <= longestTaskSeconds,
      },
    ];
  } finally {
    await browser.close();
  }
}

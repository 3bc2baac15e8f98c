import { mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BrowserPage } from '../browser-page.ts';
import { openDelayingProxy } from '../delaying-proxy.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { times, type Row } from '../table.ts';
import { makeTree } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const tree = { folders: 20, filesEach: 500, bytesEach: 4096 };
const count = tree.folders * tree.filesEach;
const inFlight = 6;
const delayMs = 20;
const target = { loopback: 2, delayed: 8 };
/** One request a file takes minutes on a delayed line. */
const rounds = { loopback: 3, delayed: 1 };

/** Many small files go up from Chromium: dropped on the page, or sent by it with one request each. */
export async function measureBrowserUploads(workbench: Workbench): Promise<Row[]> {
  const { drey, scratch } = workbench;
  const folder = join(scratch, 'small-files');
  await makeTree(folder, tree);
  const proxy = await openDelayingProxy(drey.origin, delayMs);
  try {
    return [
      await race(workbench, folder, drey.origin, {
        work: `${count.toLocaleString('en')} files of 4 KiB from Chromium, loopback`,
        target: target.loopback,
        rounds: rounds.loopback,
      }),
      await race(workbench, folder, proxy.origin, {
        work: `the same through a proxy that adds ${delayMs} ms each way`,
        target: target.delayed,
        rounds: rounds.delayed,
      }),
    ];
  } finally {
    proxy.close();
  }
}

type Race = { work: string; target: number; rounds: number };

async function race({ drey }: Workbench, folder: string, origin: string, terms: Race): Promise<Row> {
  // What was stored stays: some file systems are slow to make files where many have just been removed.
  const inFreshFolder = (send: (browser: BrowserPage, into: string) => Promise<number>) => async () => {
    const into = await mkdtemp(join(drey.home, 'drop-'));
    const browser = await BrowserPage.open(drey, origin);
    try {
      return { seconds: await send(browser, basename(into)) } satisfies Measured;
    } finally {
      await browser.close();
    }
  };
  const results = await compete(
    {
      drop: inFreshFolder((browser, name) =>
        browser.dropFolder(`${basename(drey.home)}/${name}`, folder, count),
      ),
      oneByOne: inFreshFolder(async (browser, name) => {
        for (let index = 0; index < tree.folders; index += 1) {
          await mkdir(join(drey.home, name, `class ${index}`));
        }
        return sendOneByOne(browser, `${basename(drey.home)}/${name}`, folder);
      }),
    },
    terms.rounds,
  );
  const ratio = ratioOf(results.oneByOne, results.drop, 'seconds');
  const show = (measured: readonly Measured[]) => {
    const seconds = medianOf(measured, 'seconds');
    return `${seconds.toFixed(1)} s, ${Math.round(count / seconds)} files/s`;
  };
  return {
    work: terms.work,
    drey: show(results.drop),
    peer: `one request a file, ${inFlight} in flight: ${show(results.oneByOne)}`,
    ratio: times(ratio),
    target: `≥ ${terms.target} ×`,
    isMet: ratio >= terms.target,
  };
}

/** Answers the seconds from the first request to the last answer. */
async function sendOneByOne({ page }: BrowserPage, into: string, folder: string): Promise<number> {
  await page.goto(`/browse/${into}`);
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', id: 'bench' });
    input.webkitdirectory = true;
    document.body.append(input);
  });
  await page.locator('#bench').setInputFiles(folder);
  return page.evaluate(
    async ([address, lanes]) => {
      const { files } = document.querySelector<HTMLInputElement>('#bench')!;
      const waiting = Array.from(files!, (file) => ({
        file,
        path: file.webkitRelativePath.split('/').slice(1).map(encodeURIComponent).join('/'),
      }));
      const startedAt = performance.now();
      const lane = async () => {
        for (let next = waiting.pop(); next; next = waiting.pop()) {
          const { status } = await fetch(`${address}/${next.path}`, { method: 'PUT', body: next.file });
          if (status !== 201) throw new Error(`${next.path}: ${status}`);
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      return (performance.now() - startedAt) / 1000;
    },
    [`/api/v1/content/${into}`, inFlight] as const,
  );
}

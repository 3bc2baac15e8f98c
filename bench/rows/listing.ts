import { join } from 'node:path';
import { timeGet } from '../curl.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { milliseconds, times, type Row } from '../table.ts';
import { makeFullFolder } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const targets = { cold: 0.6, again: 0.1 };
const count = 100_000;
const name = 'full';

/** The first page of a very full folder: the first thing that a Drey just started is asked, and a second time. */
export async function measureListing({ drey, nginx }: Workbench): Promise<Row[]> {
  await makeFullFolder(join(drey.home, name), count);
  const list = async (): Promise<Measured> => {
    await drey.stop();
    await drey.start();
    const cold = await timeGet(drey.entriesUrl(name), [drey.authorization]);
    return { cold, again: await timeGet(drey.entriesUrl(name), [drey.authorization]) };
  };
  const listWhole = async (): Promise<Measured> => {
    const seconds = await timeGet(`${nginx.origin}/${name}/`);
    return { cold: seconds, again: seconds };
  };
  await listWhole();
  const results = await compete({ nginx: listWhole, drey: list });
  const rowOf = (when: 'cold' | 'again', words: string): Row => {
    const ratio = ratioOf(results.drey, results.nginx, when);
    return {
      work: `first page of a folder of ${count.toLocaleString('en')}, ${words}`,
      drey: milliseconds(medianOf(results.drey, when)),
      peer: `nginx, autoindex as JSON, the whole folder: ${milliseconds(medianOf(results.nginx, when))}`,
      ratio: times(ratio),
      target: `≤ ${targets[when]} ×`,
      isMet: ratio <= targets[when],
    };
  };
  return [rowOf('cold', 'the first request after the start'), rowOf('again', 'asked again')];
}

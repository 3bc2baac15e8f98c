import { join } from 'node:path';
import { timeGet } from '../curl.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { cpuSecondsOf } from '../process-usage.ts';
import { times, type Row } from '../table.ts';
import { gibibyte, writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 0.8;
const name = 'large.bin';

/** One client fetches a gibibyte that lies in the page cache; nginx copies it in the kernel. */
export async function measureDownload({ drey, nginx }: Workbench): Promise<Row[]> {
  await writeFileOf(gibibyte, join(drey.home, name));
  const link = await drey.createLink(name);
  const fetching = (pid: () => number, fetch: () => Promise<number>) => async (): Promise<Measured> => {
    const before = cpuSecondsOf(pid());
    const seconds = await fetch();
    return { seconds, cpu: cpuSecondsOf(pid()) - before };
  };
  const contestants = {
    nginx: fetching(
      () => nginx.daemon.pid,
      () => timeGet(`${nginx.origin}/${name}`),
    ),
    signedIn: fetching(
      () => drey.pid,
      () => timeGet(drey.contentUrl(name), [drey.authorization]),
    ),
    byLink: fetching(
      () => drey.pid,
      () => timeGet(`${drey.origin}${link}/raw`),
    ),
  };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const results = await compete(contestants);
  const show = (measured: readonly Measured[]) =>
    `${(1 / medianOf(measured, 'seconds')).toFixed(2)} GiB/s, ${medianOf(measured, 'cpu').toFixed(2)} CPU s/GiB`;
  const rowOf = (how: string, ours: readonly Measured[]): Row => {
    const ratio = ratioOf(results.nginx, ours, 'seconds');
    return {
      work: `download 1 GiB, one client, ${how}`,
      drey: show(ours),
      peer: `nginx, sendfile: ${show(results.nginx)}`,
      ratio: times(ratio),
      target: `≥ ${target} ×`,
      isMet: ratio >= target,
    };
  };
  return [rowOf('signed in', results.signedIn), rowOf('by link', results.byLink)];
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../child-process.ts';
import { MemoryWatch } from '../memory-watch.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { times, type Row } from '../table.ts';
import { makeTree } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 0.25;
const tree = { folders: 100, filesEach: 100, bytesEach: 4096 };
const client = fileURLToPath(new URL('../bulk-client.ts', import.meta.url));

/** Many small files, each acknowledged when it is on the disk, against a copy on the same disk. */
export async function measureBulk({ drey, scratch }: Workbench): Promise<Row[]> {
  await mkdir(scratch, { recursive: true });
  const source = join(scratch, 'tree');
  await makeTree(source, tree);
  // What was stored stays: some file systems are slow to make files where many have just been removed.
  let runs = 0;
  const fresh = (name: string) => `${name}-${(runs += 1)}`;
  // What earlier rounds left to write is not this one's.
  const settled = () => runCommand('sync', ['-f', scratch]);
  await drey.stop();
  await drey.start();
  const contestants = {
    copy: async (): Promise<Measured> => {
      await settled();
      const copy = join(scratch, fresh('copy'));
      const startedAt = performance.now();
      await runCommand('cp', ['-r', source, copy]);
      await runCommand('sync', ['-f', copy]);
      const seconds = (performance.now() - startedAt) / 1000;
      return { seconds };
    },
    drey: async (): Promise<Measured> => {
      const sent = fresh('tree');
      await mkdir(join(drey.home, sent));
      await settled();
      const url = `${drey.origin}/api/v1/bulk/alice/${sent}?onConflict=fail`;
      const seconds = Number(await runCommand(process.execPath, [client, url, drey.token, source]));
      return { seconds };
    },
  };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const memory = new MemoryWatch(drey.pid);
  const results = await compete(contestants);
  const ratio = ratioOf(results.copy, results.drey, 'seconds');
  const count = tree.folders * tree.filesEach;
  const work = `${count.toLocaleString('en')} files × 4 KiB to \`/bulk\` from Node`;
  const show = (measured: readonly Measured[]) => {
    const seconds = medianOf(measured, 'seconds');
    return `${seconds.toFixed(2)} s, ${Math.round(count / seconds)} files/s`;
  };
  return [
    {
      work,
      drey: show(results.drey),
      peer: `\`cp -r\` and \`sync -f\`: ${show(results.copy)}`,
      ratio: times(ratio),
      target: `≥ ${target} ×`,
      isMet: ratio >= target,
    },
    memory.end(work),
  ];
}

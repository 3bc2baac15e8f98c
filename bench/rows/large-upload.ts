import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../child-process.ts';
import { timeTransfer } from '../curl.ts';
import { MemoryWatch } from '../memory-watch.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { cpuSecondsOf } from '../process-usage.ts';
import { times, type Row } from '../table.ts';
import { gibibyte, mebibyte, writeFileOf } from '../test-files.ts';
import { checksumsFromStart, createUpload, sendParts } from '../tus-upload.ts';
import type { Workbench } from '../workbench.ts';

const target = 0.7;
const name = 'large.bin';
const partBytes = 64 * mebibyte;
const totalBytes = 4 * gibibyte;
const rounds = 3;

/** Four gibibytes go up with curl, each part and the whole with a checksum, and are on the disk at the end. */
export async function measureLargeUpload({ drey, nginx, putFolder, scratch }: Workbench): Promise<Row[]> {
  await mkdir(scratch, { recursive: true });
  // A few parts come again and again: what is read is not what is measured.
  const distinct = Array.from({ length: 4 }, (_, index) => join(scratch, `large-part-${index}`));
  for (const part of distinct) await writeFileOf(partBytes, part);
  const parts = Array.from(
    { length: totalBytes / partBytes },
    (_, index) => distinct[index % distinct.length]!,
  );
  const whole = join(scratch, 'large-whole');
  await runCommand('sh', ['-c', 'out=$1; shift; cat "$@" > "$out"', 'sh', whole, ...parts]);
  const checksums = await checksumsFromStart(parts);
  const hex = Buffer.from(checksums.at(-1)!, 'base64').toString('hex');

  const stored = { drey: join(drey.home, name), nginx: join(putFolder, 'put', name) };
  const storing = (pid: () => number, path: string, store: () => Promise<unknown>) => async () => {
    // What earlier rounds left to write is not this one's.
    await runCommand('sync', ['-f', scratch]);
    const cpuBefore = cpuSecondsOf(pid());
    const startedAt = performance.now();
    await store();
    const seconds = (performance.now() - startedAt) / 1000;
    const cpu = (cpuSecondsOf(pid()) - cpuBefore) / (totalBytes / gibibyte);
    await rm(path);
    return { seconds, cpu } satisfies Measured;
  };
  await drey.stop();
  await drey.start();
  const memory = new MemoryWatch(drey.pid);
  const results = await compete(
    {
      nginx: storing(
        () => nginx.daemon.pid,
        stored.nginx,
        async () => {
          await timeTransfer(['-T', whole, `${nginx.origin}/put/${name}`]);
          await runCommand('sync', [stored.nginx]);
        },
      ),
      drey: storing(
        () => drey.pid,
        stored.drey,
        async () => sendParts(drey, await createUpload(drey, name, totalBytes, hex), parts, checksums),
      ),
    },
    rounds,
  );
  const watched = memory.end('upload 4 GiB through tus');
  await rm(whole);
  const ratio = ratioOf(results.nginx, results.drey, 'seconds');
  const show = (measured: readonly Measured[]) =>
    `${(totalBytes / gibibyte / medianOf(measured, 'seconds')).toFixed(2)} GiB/s, ${medianOf(measured, 'cpu').toFixed(2)} CPU s/GiB`;
  return [
    {
      work: 'upload 4 GiB through tus, 64 MiB a request, checksums of each and of the whole',
      drey: show(results.drey),
      peer: `nginx, WebDAV and \`sync\`: ${show(results.nginx)}`,
      ratio: times(ratio),
      target: `≥ ${target} ×`,
      isMet: ratio >= target,
    },
    watched,
  ];
}

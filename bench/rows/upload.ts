import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../child-process.ts';
import { timeTransfer } from '../curl.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { cpuSecondsOf } from '../process-usage.ts';
import { times, type Row } from '../table.ts';
import { gibibyte, mebibyte, writeFileOf } from '../test-files.ts';
import { createUpload, sendParts } from '../tus-upload.ts';
import type { Workbench } from '../workbench.ts';

const target = 0.6;
const name = 'uploaded.bin';
/** What the browser sends in one request. */
const partBytes = 64 * mebibyte;

/** A gibibyte goes up with curl, and is on the disk at the end of the time measured. */
export async function measureUpload({ drey, nginx, putFolder, scratch }: Workbench): Promise<Row[]> {
  await mkdir(scratch, { recursive: true });
  const whole = join(scratch, 'whole.bin');
  await writeFileOf(gibibyte, whole);
  const parts = Array.from({ length: gibibyte / partBytes }, (_, index) => join(scratch, `part-${index}`));
  for (const part of parts) await writeFileOf(partBytes, part);

  const stored = { drey: join(drey.home, name), nginx: join(putFolder, 'put', name) };
  const storing = (pid: () => number, stored: string, store: () => Promise<unknown>) => async () => {
    // What earlier rounds left to write is not this one's.
    await runCommand('sync', []);
    const cpuBefore = cpuSecondsOf(pid());
    const startedAt = performance.now();
    await store();
    const seconds = (performance.now() - startedAt) / 1000;
    const cpu = cpuSecondsOf(pid()) - cpuBefore;
    await rm(stored);
    return { seconds, cpu } satisfies Measured;
  };
  const contestants = {
    nginx: storing(
      () => nginx.daemon.pid,
      stored.nginx,
      async () => {
        await timeTransfer(['-T', whole, `${nginx.origin}/put/${name}`]);
        await runCommand('sync', [stored.nginx]);
      },
    ),
    inParts: storing(
      () => drey.pid,
      stored.drey,
      async () => sendParts(drey, await createUpload(drey, name, gibibyte), parts),
    ),
    atOnce: storing(
      () => drey.pid,
      stored.drey,
      async () => sendParts(drey, await createUpload(drey, name, gibibyte), [whole]),
    ),
  };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const results = await compete(contestants);

  const show = (measured: readonly Measured[]) =>
    `${(1 / medianOf(measured, 'seconds')).toFixed(2)} GiB/s, ${medianOf(measured, 'cpu').toFixed(2)} CPU s/GiB`;
  const rowOf = (how: string, ours: readonly Measured[]): Row => {
    const ratio = ratioOf(results.nginx, ours, 'seconds');
    return {
      work: `upload 1 GiB through tus, ${how}`,
      drey: show(ours),
      peer: `nginx, WebDAV and \`sync\`: ${show(results.nginx)}`,
      ratio: times(ratio),
      target: `≥ ${target} ×`,
      isMet: ratio >= target,
    };
  };
  return [rowOf('64 MiB a request', results.inParts), rowOf('in one request', results.atOnce)];
}

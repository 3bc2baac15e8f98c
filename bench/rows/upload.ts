import { mkdir, readdir, rm } from 'node:fs/promises';
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
/** What the browser sends in one request. */
const partBytes = 64 * mebibyte;

/** A gibibyte goes up with curl, and is on the disk at the end of the time measured. */
export async function measureUpload({ drey, nginx, putFolder, scratch }: Workbench): Promise<Row[]> {
  await mkdir(scratch, { recursive: true });
  const whole = join(scratch, 'whole.bin');
  await writeFileOf(gibibyte, whole);
  const parts = Array.from({ length: gibibyte / partBytes }, (_, index) => join(scratch, `part-${index}`));
  for (const part of parts) await writeFileOf(partBytes, part);

  const storing =
    (contestant: string, pid: () => number, store: (name: string) => Promise<unknown>) =>
    async (round?: number) => {
      // What earlier rounds left to write is not this one's.
      await runCommand('sync', []);
      const cpuBefore = cpuSecondsOf(pid());
      const startedAt = performance.now();
      await store(`uploaded-${contestant}-${round ?? 'first'}.bin`);
      const seconds = (performance.now() - startedAt) / 1000;
      return { seconds, cpu: cpuSecondsOf(pid()) - cpuBefore } satisfies Measured;
    };
  const sendTo = async (name: string, files: readonly string[]) =>
    sendParts(drey, await createUpload(drey, name, gibibyte), files);
  const contestants = {
    nginx: storing(
      'nginx',
      () => nginx.daemon.pid,
      async (name) => {
        await timeTransfer(['-T', whole, `${nginx.origin}/put/${name}`]);
        await runCommand('sync', [join(putFolder, 'put', name)]);
      },
    ),
    inParts: storing(
      'parts',
      () => drey.pid,
      (name) => sendTo(name, parts),
    ),
    atOnce: storing(
      'whole',
      () => drey.pid,
      (name) => sendTo(name, [whole]),
    ),
  };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const results = await compete(contestants);
  // Not sooner: where a host takes freed memory back, the next one waits for what the one before gave away.
  for (const folder of [drey.home, join(putFolder, 'put')]) await removeUploaded(folder);

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

async function removeUploaded(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('uploaded-'));
  await Promise.all(names.map((name) => rm(join(folder, name))));
}

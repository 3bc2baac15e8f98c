import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomFillSync } from 'node:crypto';
import { runCommand } from '../child-process.ts';
import { dreyClient } from '../drey-client.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { fillMemory } from '../fill-memory.ts';
import { findRclone } from '../rclone.ts';
import { times, type Row } from '../table.ts';
import type { Workbench } from '../workbench.ts';

const count = 10_000;
const fileBytes = 4096;
const target = 3;
/** rclone takes minutes: once is enough to tell by how many times. */
const roundCount = 1;

/** A tree of small files, up and down. */
export async function measureClientCopies(workbench: Workbench): Promise<Row[]> {
  const { drey: server, putFolder, scratch } = workbench;
  const rclone = await findRclone(workbench);
  const drey = dreyClient(workbench);
  const source = join(scratch, 'tree');
  await makeTree(source);
  const local = join(scratch, 'target');
  const rows: Row[] = [];
  const pairs = [
    {
      work: `\`drey cp -r\` of ${count.toLocaleString('en')} × 4 KiB, up`,
      peer: copying(workbench, join(putFolder, 'put/tree'), () => rclone('copy', source, 'peer:tree')),
      drey: copying(workbench, join(server.home, 'tree'), () => drey('cp', '-r', source, 'storage:')),
    },
    {
      work: 'the same, down',
      peer: copying(workbench, local, () => rclone('copy', 'peer:tree', local)),
      drey: copying(workbench, local, () => drey('cp', '-r', '-T', 'storage:tree', local)),
    },
  ];
  for (const { work, ...contestants } of pairs) {
    const results = await compete(contestants, roundCount);
    rows.push(rowOf(work, '`rclone copy`, WebDAV', results.drey, results.peer, target));
  }
  return rows;
}

/** Each time into an empty place, with nothing left to write from before, and with memory full of other files. */
export function copying(
  { scratch }: Workbench,
  place: string,
  copy: () => Promise<number>,
): () => Promise<Measured> {
  return async () => {
    await rm(place, { recursive: true, force: true });
    await runCommand('sync', []);
    await fillMemory(join(scratch, 'nothing.bin'));
    return { seconds: await copy() };
  };
}

/** How many times faster: the inverse of the time it takes. */
export function rowOf(
  work: string,
  peer: string,
  ours: readonly Measured[],
  theirs: readonly Measured[],
  target: number,
): Row {
  const ratio = ratioOf(theirs, ours, 'seconds');
  const show = (results: readonly Measured[]) => `${medianOf(results, 'seconds').toFixed(2)} s`;
  return {
    work,
    drey: show(ours),
    peer: `${peer}: ${show(theirs)}`,
    ratio: times(ratio),
    target: `≥ ${target} ×`,
    isMet: ratio >= target,
  };
}

async function makeTree(folder: string): Promise<void> {
  const bytes = randomFillSync(Buffer.allocUnsafe(fileBytes));
  for (let directory = 0; directory < 100; directory += 1) {
    const path = join(folder, `class_${directory}`);
    await mkdir(path, { recursive: true });
    await Promise.all(
      Array.from({ length: count / 100 }, (_, index) => writeFile(join(path, `${index}.bin`), bytes)),
    );
  }
}

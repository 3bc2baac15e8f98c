import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomFillSync } from 'node:crypto';
import { runCommand } from '../child-process.ts';
import { dreyClient } from '../drey-client.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { findRclone, timeCommand } from '../rclone.ts';
import { times, type Row } from '../table.ts';
import { gibibyte, writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

/** rclone takes minutes for these: once is enough to tell by how many times. */
const small = { count: 10_000, bytes: 4096, target: 3, roundCount: 1 };
const large = { bytes: 2 * gibibyte, target: 0.8, roundCount: 5 };

type Contestant = () => Promise<Measured>;

/** What people copy with the client: a tree of small files, and one large file; up and down. */
export async function measureClientCopies(workbench: Workbench): Promise<Row[]> {
  const { drey: server, nginx, putFolder, scratch } = workbench;
  const rclone = await findRclone(workbench);
  const drey = dreyClient(workbench);
  const source = join(scratch, 'tree');
  await makeTree(source);
  const target = join(scratch, 'target');
  /** Each time into an empty place, and with nothing left to write from before. */
  const copying = (place: string, copy: () => Promise<number>): Contestant => {
    return async () => {
      await rm(place, { recursive: true, force: true });
      await runCommand('sync', []);
      return { seconds: await copy() };
    };
  };
  const rows: Row[] = [];
  const pairs = [
    {
      work: `\`drey cp -r\` of ${small.count.toLocaleString('en')} × 4 KiB, up`,
      words: '`rclone copy`, WebDAV',
      least: small.target,
      roundCount: small.roundCount,
      peer: copying(join(putFolder, 'put/tree'), () => rclone('copy', source, 'peer:tree')),
      drey: copying(join(server.home, 'tree'), () => drey('cp', '-r', source, 'storage:')),
    },
    {
      work: 'the same, down',
      words: '`rclone copy`, WebDAV',
      least: small.target,
      roundCount: small.roundCount,
      peer: copying(target, () => rclone('copy', 'peer:tree', target)),
      drey: copying(target, () => drey('cp', '-r', '-T', 'storage:tree', target)),
    },
  ];
  const file = join(scratch, 'large.bin');
  await writeFileOf(large.bytes, file);
  pairs.push(
    {
      work: '`drey cp` of 2 GiB, up',
      words: '`curl -T`',
      least: large.target,
      roundCount: large.roundCount,
      peer: copying(join(putFolder, 'put/large.bin'), () =>
        timeCommand('curl', ['-sSf', '-o', '/dev/null', '-T', file, `${nginx.origin}/put/large.bin`]),
      ),
      drey: copying(join(server.home, 'large.bin'), () => drey('cp', file, 'storage:')),
    },
    {
      work: 'the same, down',
      words: '`curl -o`',
      least: large.target,
      roundCount: large.roundCount,
      peer: copying(target, () =>
        timeCommand('curl', ['-sSf', '-o', target, `${nginx.origin}/put/large.bin`]),
      ),
      drey: copying(target, () => drey('cp', '-T', 'storage:large.bin', target)),
    },
  );
  for (const { work, words, least, roundCount, ...contestants } of pairs) {
    if (roundCount > 1) for (const warmUp of [contestants.peer, contestants.drey]) await warmUp();
    const results = await compete(contestants, roundCount);
    // How many times faster: the inverse of the time it takes.
    const ratio = ratioOf(results.peer, results.drey, 'seconds');
    const show = (who: keyof typeof results) => `${medianOf(results[who], 'seconds').toFixed(2)} s`;
    rows.push({
      work,
      drey: show('drey'),
      peer: `${words}: ${show('peer')}`,
      ratio: times(ratio),
      target: `≥ ${least} ×`,
      isMet: ratio >= least,
    });
  }
  return rows;
}

async function makeTree(folder: string): Promise<void> {
  const bytes = randomFillSync(Buffer.allocUnsafe(small.bytes));
  for (let directory = 0; directory < 100; directory += 1) {
    const path = join(folder, `class_${directory}`);
    await mkdir(path, { recursive: true });
    await Promise.all(
      Array.from({ length: small.count / 100 }, (_, index) => writeFile(join(path, `${index}.bin`), bytes)),
    );
  }
}

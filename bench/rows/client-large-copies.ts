import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runCommand } from '../child-process.ts';
import { dreyClient } from '../drey-client.ts';
import type { DreyServer } from '../drey-server.ts';
import { compete, type Measured } from '../pairs.ts';
import { timeCommand } from '../rclone.ts';
import type { Row } from '../table.ts';
import { gibibyte, writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';
import { copying, rowOf } from './client-copies.ts';

const bytes = 2 * gibibyte;
const target = 0.8;

/** One large file, up and down. */
export async function measureClientLargeCopies(workbench: Workbench): Promise<Row[]> {
  const { drey: server, nginx, putFolder, scratch } = workbench;
  const drey = dreyClient(workbench);
  const file = join(scratch, 'large.bin');
  const local = join(scratch, 'large-target.bin');
  await mkdir(scratch, { recursive: true });
  await writeFileOf(bytes, file);

  const contest = async <Name extends string>(contestants: Record<Name, () => Promise<Measured>>) => {
    for (const warmUp of Object.values<() => Promise<Measured>>(contestants)) await warmUp();
    return compete(contestants);
  };
  const put = () =>
    timeCommand('curl', ['-sSf', '-o', '/dev/null', '-T', file, `${nginx.origin}/put/large.bin`]);
  const copyUp = copying(workbench, join(server.home, 'large.bin'), () => drey('cp', file, 'storage:'));
  const up = await contest({
    curl: copying(workbench, join(putFolder, 'put/large.bin'), put),
    drey: async () => {
      const { seconds } = await copyUp();
      // What goes on behind the answer must not slow the next one down.
      const hashing = await secondsOf(() => sha256IsKnown(server, 'large.bin'));
      return { seconds: seconds!, untilHashed: seconds! + hashing };
    },
    // What drey answers for is on the disk; what nginx answers for is not.
    durable: copying(workbench, join(putFolder, 'put/large.bin'), async () => {
      return (await put()) + (await timeCommand('sync', ['-f', putFolder]));
    }),
  });
  const down = await contest({
    curl: copying(workbench, local, () =>
      timeCommand('curl', ['-sSf', '-o', local, `${nginx.origin}/put/large.bin`]),
    ),
    drey: copying(workbench, local, () => drey('cp', '-T', 'storage:large.bin', local)),
  });
  await Promise.all([file, local].map((path) => rm(path)));
  await runCommand('sync', []);
  const work = '`drey cp` of 2 GiB, up';
  const durable = rowOf(work, '`curl -T` and `sync`', up.drey, up.durable, target);
  const untilHashed = up.drey.map((result) => ({ seconds: result.untilHashed! }));
  const hashed = rowOf(work, '`curl -T` and `sync`', untilHashed, up.durable, target);
  return [
    rowOf(work, '`curl -T`', up.drey, up.curl, target),
    { ...durable, work: 'the same, on the disk on both sides', target: 'shown', isMet: undefined },
    { ...hashed, work: 'the same, until the SHA-256 is known', target: 'shown', isMet: undefined },
    rowOf('the same, down', '`curl -o`', down.drey, down.curl, target),
  ];
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

async function sha256IsKnown(server: DreyServer, name: string): Promise<void> {
  while ((await server.sha256(name)) === null) await setTimeout(20);
}

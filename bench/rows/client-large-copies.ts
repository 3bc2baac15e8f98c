import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../child-process.ts';
import { dreyClient } from '../drey-client.ts';
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
  const up = await contest({
    curl: copying(join(putFolder, 'put/large.bin'), put),
    drey: copying(join(server.home, 'large.bin'), () => drey('cp', file, 'storage:')),
    // What drey answers for is on the disk; what nginx answers for is not.
    durable: copying(join(putFolder, 'put/large.bin'), async () => {
      return (await put()) + (await timeCommand('sync', ['-f', putFolder]));
    }),
  });
  const down = await contest({
    curl: copying(local, () => timeCommand('curl', ['-sSf', '-o', local, `${nginx.origin}/put/large.bin`])),
    drey: copying(local, () => drey('cp', '-T', 'storage:large.bin', local)),
  });
  await Promise.all([file, local].map((path) => rm(path)));
  await runCommand('sync', []);
  const work = '`drey cp` of 2 GiB, up';
  const durable = rowOf(work, '`curl -T` and `sync`', up.drey, up.durable, target);
  return [
    rowOf(work, '`curl -T`', up.drey, up.curl, target),
    { ...durable, work: 'the same, on the disk on both sides', target: 'shown', isMet: undefined },
    rowOf('the same, down', '`curl -o`', down.drey, down.curl, target),
  ];
}

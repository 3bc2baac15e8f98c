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

type Contestants = Record<'drey' | 'curl', () => Promise<Measured>>;

/** One large file, up and down. */
export async function measureClientLargeCopies(workbench: Workbench): Promise<Row[]> {
  const { drey: server, nginx, putFolder, scratch } = workbench;
  const drey = dreyClient(workbench);
  const file = join(scratch, 'large.bin');
  const local = join(scratch, 'large-target.bin');
  await mkdir(scratch, { recursive: true });
  await writeFileOf(bytes, file);

  const contest = async (work: string, peer: string, contestants: Contestants) => {
    for (const warmUp of Object.values(contestants)) await warmUp();
    const results = await compete(contestants);
    return rowOf(work, peer, results.drey, results.curl, target);
  };
  const up = await contest('`drey cp` of 2 GiB, up', '`curl -T`', {
    curl: copying(join(putFolder, 'put/large.bin'), () =>
      timeCommand('curl', ['-sSf', '-o', '/dev/null', '-T', file, `${nginx.origin}/put/large.bin`]),
    ),
    drey: copying(join(server.home, 'large.bin'), () => drey('cp', file, 'storage:')),
  });
  const down = await contest('the same, down', '`curl -o`', {
    curl: copying(local, () => timeCommand('curl', ['-sSf', '-o', local, `${nginx.origin}/put/large.bin`])),
    drey: copying(local, () => drey('cp', '-T', 'storage:large.bin', local)),
  });
  await Promise.all([file, local].map((path) => rm(path)));
  await runCommand('sync', []);
  return [up, down];
}

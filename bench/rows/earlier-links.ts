import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../child-process.ts';
import { DreyServer, project } from '../drey-server.ts';
import { compete, medianOf, ratioOf } from '../pairs.ts';
import { times, type Row } from '../table.ts';
import { writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';
import { asking, connections, roundCount } from './small-file.ts';

/** The last one whose links had neither passwords nor limits, pins, timelines, rules or notices. */
const earlierRevision = 'f77c749';
const target = 0.95;
const name = 'small.bin';

/** What all that a link can do costs a download by one that does none of it. */
export async function measureEarlierLinks({ drey, scratch }: Workbench): Promise<Row[]> {
  await mkdir(scratch, { recursive: true });
  const revision = join(scratch, 'earlier');
  await runCommand('git', ['clone', '-q', project, revision]);
  await runCommand('git', ['-C', revision, 'checkout', '-q', earlierRevision]);
  for (const folder of ['node_modules', 'build'])
    await symlink(join(project, folder), join(revision, folder));
  const earlier = await DreyServer.install(join(scratch, 'earlier-data'), revision);
  await earlier.start();
  try {
    const askingFrom = async (server: DreyServer) => {
      await writeFileOf(10 * 1024, join(server.home, name));
      return asking(`${server.origin}${await server.createLink(name)}/raw`);
    };
    const contestants = { earlier: await askingFrom(earlier), now: await askingFrom(drey) };
    for (const warmUp of [...Object.values(contestants), ...Object.values(contestants)]) await warmUp();
    const results = await compete(contestants, roundCount);
    const rateOf = (who: keyof typeof results) => `${Math.round(medianOf(results[who], 'rate'))} requests/s`;
    const ratio = ratioOf(results.now, results.earlier, 'rate');
    return [
      {
        work: `10 KiB file by link, ${connections} keep-alive connections`,
        drey: rateOf('now'),
        peer: `before links could do more (${earlierRevision}): ${rateOf('earlier')}`,
        ratio: times(ratio),
        target: `≥ ${target} ×`,
        isMet: ratio >= target,
      },
    ];
  } finally {
    await earlier.stop();
  }
}

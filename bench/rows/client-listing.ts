import { join } from 'node:path';
import { dreyClient } from '../drey-client.ts';
import { compete, medianOf, ratioOf } from '../pairs.ts';
import { findRclone } from '../rclone.ts';
import { times, type Row } from '../table.ts';
import { makeFullFolder } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 1;
const count = 100_000;
const name = 'long-list';

/** All of a very full folder, with sizes and dates. */
export async function measureClientListing(workbench: Workbench): Promise<Row[]> {
  const rclone = await findRclone(workbench);
  const drey = dreyClient(workbench);
  await makeFullFolder(join(workbench.drey.home, name), count);
  await makeFullFolder(join(workbench.putFolder, 'put', name), count);
  const contestants = {
    rclone: async () => ({ seconds: await rclone('lsl', `peer:${name}`) }),
    drey: async () => ({ seconds: await drey('ls', '-l', `storage:${name}`) }),
  };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const results = await compete(contestants);
  const ratio = ratioOf(results.drey, results.rclone, 'seconds');
  const show = (who: keyof typeof results) => `${medianOf(results[who], 'seconds').toFixed(2)} s`;
  return [
    {
      work: `\`drey ls -l\` of a folder of ${count.toLocaleString('en')}`,
      drey: show('drey'),
      peer: `\`rclone lsl\`, WebDAV: ${show('rclone')}`,
      ratio: times(ratio),
      target: `≤ ${target} ×`,
      isMet: ratio <= target,
    },
  ];
}

import { dreyClient } from '../drey-client.ts';
import { compete, medianOf, ratioOf } from '../pairs.ts';
import { timeCommand } from '../rclone.ts';
import { milliseconds, times, type Row } from '../table.ts';
import type { Workbench } from '../workbench.ts';

const target = 2;

/** What is felt at every command. */
export async function measureClientStart(workbench: Workbench): Promise<Row[]> {
  const drey = dreyClient(workbench);
  const contestants = {
    node: async () => ({ seconds: await timeCommand(process.execPath, ['-e', '0']) }),
    drey: async () => ({ seconds: await drey('--version') }),
  };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const results = await compete(contestants);
  const ratio = ratioOf(results.drey, results.node, 'seconds');
  return [
    {
      work: 'start of `drey --version`',
      drey: milliseconds(medianOf(results.drey, 'seconds')),
      peer: `\`node -e 0\`: ${milliseconds(medianOf(results.node, 'seconds'))}`,
      ratio: times(ratio),
      target: `≤ ${target} ×`,
      isMet: ratio <= target,
    },
  ];
}

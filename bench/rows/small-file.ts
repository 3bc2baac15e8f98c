import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../child-process.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { times, type Row } from '../table.ts';
import { writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 1.2;
export const connections = 32;
/** Short and often: how quick the machine is changes from one second to the next. */
const seconds = 1.5;
export const roundCount = 15;
const name = 'small.bin';
const generator = fileURLToPath(new URL('../load-generator.ts', import.meta.url));

/** Answers how many of them a second, while many clients ask again and again. */
export function asking(url: string): () => Promise<Measured> {
  return async () => {
    const answered = await runCommand(process.execPath, [generator, url, `${connections}`, `${seconds}`]);
    return { rate: Number(answered) };
  };
}

/** Many clients fetch ten kibibytes again and again: what a request costs beside its bytes. */
export async function measureSmallFile({ drey, nginx, expressOrigin }: Workbench): Promise<Row[]> {
  await writeFileOf(10 * 1024, join(drey.home, name));
  const link = await drey.createLink(name);
  const contestants = {
    express: asking(`${expressOrigin}/${name}`),
    drey: asking(`${drey.origin}${link}/raw`),
    nginx: asking(`${nginx.origin}/${name}`),
  };
  for (const warmUp of [...Object.values(contestants), ...Object.values(contestants)]) await warmUp();
  const results = await compete(contestants, roundCount);
  const rateOf = (who: keyof typeof results) => `${Math.round(medianOf(results[who], 'rate'))} requests/s`;
  const toExpress = ratioOf(results.drey, results.express, 'rate');
  return [
    {
      work: `10 KiB file by link, ${connections} keep-alive connections`,
      drey: rateOf('drey'),
      peer: `express.static: ${rateOf('express')}`,
      ratio: times(toExpress),
      target: `≥ ${target} ×`,
      isMet: toExpress >= target,
    },
    {
      work: 'the same against nginx',
      drey: rateOf('drey'),
      peer: `nginx: ${rateOf('nginx')}`,
      ratio: times(ratioOf(results.drey, results.nginx, 'rate')),
      target: 'shown',
      isMet: undefined,
    },
  ];
}

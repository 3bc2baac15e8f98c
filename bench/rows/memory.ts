import { mebibytes, type Row } from '../table.ts';
import { mebibyte } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 200 * mebibyte;

/** Asked last: the peak of all that went before. */
export async function measureMemory({ drey }: Workbench): Promise<Row[]> {
  const bytes = drey.peakBytes;
  return [
    {
      work: 'resident memory during all of it',
      drey: mebibytes(bytes),
      peer: '',
      ratio: '',
      target: `≤ ${mebibytes(target)}`,
      isMet: bytes <= target,
    },
  ];
}

import { mebibytes, type Row } from '../table.ts';
import type { Workbench } from '../workbench.ts';

/** Asked last: the peak of all that went before. */
export function measureMemory({ drey }: Workbench, maxBytes: number): Row[] {
  const bytes = drey.peakBytes;
  return [
    {
      work: "the server's resident memory during all of it",
      drey: mebibytes(bytes),
      peer: '',
      ratio: '',
      target: `≤ ${mebibytes(maxBytes)}`,
      isMet: bytes <= maxBytes,
    },
  ];
}

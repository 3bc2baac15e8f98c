import { peakMemoryOf, residentMemoryOf } from './process-usage.ts';
import { mebibytes, type Row } from './table.ts';
import { mebibyte } from './test-files.ts';

const everyMs = 100;
const target = { peak: 250 * mebibyte, growth: 1.1 };

/** Follows the memory of a server, fresh when it begins, through one contest. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#samples.push(residentMemoryOf(pid)), everyMs);
  }

  /** Flat: on average no more in the last quarter of the time than in the second, give or take a tenth. */
  end(work: string): Row {
    clearInterval(this.#timer);
    const peak = peakMemoryOf(this.#pid);
    const [early, late] = [this.#quarter(1), this.#quarter(3)];
    const growth = late / early;
    return {
      work: `resident memory during it: ${work}`,
      drey: `${mebibytes(peak)} at the peak; ${mebibytes(early)} in the second quarter, ${mebibytes(late)} in the last`,
      peer: '',
      ratio: `${growth.toFixed(2)} ×`,
      target: `≤ ${mebibytes(target.peak)}, flat (≤ ${target.growth} ×)`,
      isMet: peak <= target.peak && growth <= target.growth,
    };
  }

  #quarter(index: number): number {
    const size = this.#samples.length / 4;
    const part = this.#samples.slice(Math.floor(index * size), Math.ceil((index + 1) * size));
    return part.reduce((sum, bytes) => sum + bytes, 0) / part.length;
  }
}

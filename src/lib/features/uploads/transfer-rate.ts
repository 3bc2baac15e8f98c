type Sample = { at: number; total: number };

/** Seconds over which the rate is averaged: long enough to be calm, short enough to follow a change of network. */
const windowSeconds = 8;

/**
 * How fast a growing total grows, averaged over the last seconds. Times are in milliseconds and come from the
 * caller, so that a test needs no clock.
 */
export class TransferRate {
  #samples: Sample[] = [];
  #total = 0;

  add(amount: number, at: number): void {
    this.#total += amount;
    const last = this.#samples.at(-1);
    // Progress events come hundreds of times a second; a tenth of a second is as fine as the eye needs.
    if (last && at - last.at < 100 && this.#samples.length > 1) last.total = this.#total;
    else this.#samples.push({ at, total: this.#total });
    this.#forget(at);
  }

  /** Begins anew, as after a pause, so that the pause does not count as slowness. */
  reset(): void {
    this.#samples = [];
  }

  /** Undefined while there is too little to tell. */
  perSecond(at: number): number | undefined {
    this.#forget(at);
    const first = this.#samples[0];
    if (!first) return undefined;
    const seconds = (at - first.at) / 1000;
    return seconds < 1 ? undefined : (this.#total - first.total) / seconds;
  }

  #forget(at: number): void {
    const oldest = at - windowSeconds * 1000;
    while (this.#samples.length > 2 && this.#samples[1]!.at <= oldest) this.#samples.shift();
  }
}

/** What a file costs besides its bytes, in bytes: requests, and the disk's word that it is safe. */
const bytesPerFile = 256 * 1024;

/**
 * The work that files are, in bytes. Many small files are bound by round trips and few large ones by bandwidth;
 * measured as work, the speed of the one foretells the time of the other.
 */
export function workOf({ bytes, files }: { bytes: number; files: number }): number {
  return bytes + files * bytesPerFile;
}

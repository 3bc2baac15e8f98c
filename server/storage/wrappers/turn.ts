import type { Semaphore } from '../../base/semaphore.ts';

/** One holder's slot, which it may give away and ask for again until its turn is over. */
export class Turn {
  readonly #slots: Semaphore;
  #isHolding = false;
  #isOver = false;

  constructor(slots: Semaphore) {
    this.#slots = slots;
  }

  async begin(): Promise<void> {
    await this.#slots.acquire();
    this.#isHolding = true;
    // It may have ended while it waited in line.
    if (this.#isOver) this.pause();
  }

  pause(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#slots.release();
  }

  end(): void {
    this.#isOver = true;
    this.pause();
  }
}

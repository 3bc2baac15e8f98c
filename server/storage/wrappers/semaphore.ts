/** Lets at most `limit` holders in at once; the others wait in line. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  async acquire(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    // A slot is handed straight to who waits longest, so that nobody overtakes.
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

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

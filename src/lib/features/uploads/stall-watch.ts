/** After this long without a byte a connection is taken for dead: sleep and a change of network leave such behind. */
export const deadAfterMs = 60_000;
const lookEveryMs = 5000;

/** Notices that bytes have ceased to move on a connection that nobody has called lost. */
export class StallWatch {
  readonly #onDead: () => void;
  #movedAt: number | undefined;
  readonly #timer = setInterval(() => this.#look(), lookEveryMs);

  constructor(onDead: () => void) {
    this.#onDead = onDead;
  }

  /** Bytes are under way, and some moved just now. */
  moved(): void {
    this.#movedAt = Date.now();
  }

  /** Nothing need move: all is sent, or the next try is waited for. */
  rest(): void {
    this.#movedAt = undefined;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#movedAt === undefined || Date.now() - this.#movedAt < deadAfterMs) return;
    this.rest();
    this.#onDead();
  }
}

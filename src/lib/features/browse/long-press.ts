const holdMs = 450;
const slackPx = 10;

/** Tells a long press of a finger from a tap and from scrolling. */
export class LongPress {
  /** Whether the last thing that touched the rows was a finger. */
  isTouch = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #start = { x: 0, y: 0 };
  #hasFired = false;
  readonly #onHold: (index: number) => void;

  constructor(onHold: (index: number) => void) {
    this.#onHold = onHold;
  }

  down(event: PointerEvent, index: number | undefined): void {
    this.isTouch = event.pointerType === 'touch';
    this.#hasFired = false;
    this.cancel();
    if (!this.isTouch || index === undefined) return;
    this.#start = { x: event.clientX, y: event.clientY };
    this.#timer = setTimeout(() => {
      this.#hasFired = true;
      navigator.vibrate?.(10);
      this.#onHold(index);
    }, holdMs);
  }

  move = (event: PointerEvent): void => {
    const { x, y } = this.#start;
    if (Math.hypot(event.clientX - x, event.clientY - y) > slackPx) this.cancel();
  };

  cancel = (): void => clearTimeout(this.#timer);

  /** Whether the click that follows belongs to a press that was already answered. */
  swallowsClick(): boolean {
    const swallows = this.#hasFired;
    this.#hasFired = false;
    return swallows;
  }
}

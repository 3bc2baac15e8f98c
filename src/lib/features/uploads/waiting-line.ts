import type { UploadItem } from './upload-item.ts';

/** Files up to this size travel together; a larger one goes by itself and is resumed after a lost connection. */
export const smallFileBytes = 1024 * 1024;
/** What travels in one request: enough to be quick, little enough to be sent again. */
export const maxLoadFiles = 200;
export const maxLoadBytes = 8 * 1024 * 1024;

/** A queue of what has not been cancelled. What was taken is left behind `#next`, as an array is slow to shift. */
class Line {
  #items: UploadItem[] = [];
  #next = 0;
  readonly #isWaiting: (item: UploadItem) => boolean;

  constructor(isWaiting: (item: UploadItem) => boolean) {
    this.#isWaiting = isWaiting;
  }

  push(item: UploadItem): void {
    this.#items.push(item);
  }

  /** How many are left; of those that were cancelled, some may be counted. */
  get length(): number {
    return this.#items.length - this.#next;
  }

  get first(): UploadItem | undefined {
    while (this.#next < this.#items.length) {
      const item = this.#items[this.#next]!;
      if (this.#isWaiting(item)) return item;
      this.#next += 1;
    }
    this.#items = [];
    this.#next = 0;
    return undefined;
  }

  shift(): UploadItem | undefined {
    const item = this.first;
    if (item) this.#next += 1;
    return item;
  }
}

/** What waits to be sent. Small files, by the load, and everything else take turns, so that neither waits for all of the other. */
export class WaitingLine {
  readonly #small: Line;
  readonly #other: Line;
  #isSmallNext = true;

  constructor(isWaiting: (item: UploadItem) => boolean) {
    this.#small = new Line(isWaiting);
    this.#other = new Line(isWaiting);
  }

  push(item: UploadItem): void {
    if (isSmall(item)) this.#small.push(item);
    else this.#other.push(item);
  }

  /** One large file or empty folder, or several small files of one drop; or nothing. */
  take(): UploadItem[] {
    const isSmall = this.#other.first === undefined || (this.#isSmallNext && this.#small.first !== undefined);
    this.#isSmallNext = !isSmall;
    return isSmall ? this.#takeLoad() : [this.#other.shift()!];
  }

  /** Small files of one drop, when so many wait that they fill a load; else nothing. */
  takeFull(): UploadItem[] {
    return this.#small.length < maxLoadFiles ? [] : this.#takeLoad();
  }

  #takeLoad(): UploadItem[] {
    const load: UploadItem[] = [];
    let bytes = 0;
    for (let item = this.#small.first; item && load.length < maxLoadFiles; item = this.#small.first) {
      bytes += item.size;
      if (bytes > maxLoadBytes || (load[0] && load[0].batch !== item.batch)) break;
      load.push(item);
      this.#small.shift();
    }
    return load;
  }
}

export function isSmall({ kind, size }: UploadItem): boolean {
  return kind === 'file' && size <= smallFileBytes;
}

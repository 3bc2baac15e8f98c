/** What a break may cost: a part that breaks off is sent again as a whole, since nobody could hold it to its checksum. */
const secondsOfPart = 8;
/** A part is no smaller, save by the setting, and one that is tells nothing of how fast the line is. */
export const smallestPart = 1024 * 1024;
const shrinkAfterBreak = 4;

/**
 * How many bytes of a large file go in one request: as many as travel in some seconds, at the pace of the last one. So
 * a line that breaks again and again gets on all the same, and a fast one has the largest parts at once.
 */
export class PartPacing {
  #bytes = smallestPart;

  /** Bytes of the next part, where the server takes `largest` at most. */
  next(largest: number): number {
    return Math.min(largest, this.#bytes);
  }

  /** A part was taken by the server, `ms` milliseconds after it was sent. */
  arrived(bytes: number, ms: number): void {
    if (bytes >= smallestPart) this.#become((bytes / ms) * 1000 * secondsOfPart);
  }

  /** A part of so many bytes was lost with the connection. */
  broke(bytes: number): void {
    this.#become(bytes / shrinkAfterBreak);
  }

  #become(bytes: number): void {
    this.#bytes = Math.max(smallestPart, Math.floor(bytes));
  }
}

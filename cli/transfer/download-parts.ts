/** A stretch of a file: `start` to `end`, the latter not included, of which `done` bytes are on the disk. */
export type Part = { start: number; end: number; done: number };

/** From this size on, several connections fetch a file at once. */
const parallelBytes = 64 * 1024 * 1024;
const connections = 4;

export function splitIntoParts(size: number): Part[] {
  const count = size >= parallelBytes ? connections : 1;
  const length = Math.ceil(size / count);
  return Array.from({ length: count }, (_, index) => ({
    start: index * length,
    end: Math.min(size, (index + 1) * length),
    done: 0,
  }));
}

export function doneBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.done, 0);
}

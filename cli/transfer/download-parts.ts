/** A stretch of a file: `start` to `end`, the latter not included, of which `done` bytes are on the disk. */
export type Part = { start: number; end: number; done: number };

/** Up to this size a file is one part: one connection is as good as several. */
const wholeBytes = 64 * 1024 * 1024;
const partBytes = 32 * 1024 * 1024;
/** So many have to be written down every moment. */
const maxParts = 2048;

/**
 * Parts are fetched in their order, a few at a time, so that the beginning of the file grows, and its checksum with it.
 */
export function splitIntoParts(size: number): Part[] {
  const length = size <= wholeBytes ? size : Math.max(partBytes, Math.ceil(size / maxParts));
  const parts: Part[] = [];
  for (let start = 0; start < size; start += length) {
    parts.push({ start, end: Math.min(size, start + length), done: 0 });
  }
  return parts;
}

export function doneBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.done, 0);
}

/** How many bytes from the file's beginning on are on the disk without a gap. */
export function leadingBytes(parts: readonly Part[]): number {
  const growing = parts.find(({ start, end, done }) => start + done < end);
  return growing ? growing.start + growing.done : (parts.at(-1)?.end ?? 0);
}

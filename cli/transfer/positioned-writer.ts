import type { FileHandle } from 'node:fs/promises';
import { releaseMemory } from '../../server/base/release-memory.ts';

/**
 * Writes to one file for several who each have a stretch of it, one after the other: the system lets only one in at a
 * time, and a thread that waits for it takes a processor from those who have something to do.
 */
export class PositionedWriter {
  readonly #file: FileHandle;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The pieces, `bytes` in all, belong to the writer: their memory is given back once they are written. */
  write(pieces: readonly Buffer[], bytes: number, position: number): Promise<void> {
    const written = this.#last.then(() => this.#writeAll(pieces, bytes, position));
    this.#last = written.catch(() => {});
    return written;
  }

  async #writeAll(pieces: readonly Buffer[], bytes: number, position: number): Promise<void> {
    if (bytes === 0) return;
    const { bytesWritten } = await this.#file.writev(pieces, position);
    if (bytesWritten < bytes)
      await this.#file.write(Buffer.concat(pieces).subarray(bytesWritten), 0, null, position + bytesWritten);
    pieces.forEach(releaseMemory);
  }
}

import { closeSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { AppError } from '../../contract/app-error.ts';
import type { ByteRange, OpenFile, StoredEntry } from '../driver.ts';
import { cutShort, rangeOutside } from '../storage-errors.ts';
import { classifyLocalError } from './local-errors.ts';

const readAsync = promisify(read);
const chunkBytes = 512 * 1024;

/** Buffers that no reader holds at the moment; a few are kept, so that streaming does not allocate. */
const spareBuffers: Buffer[] = [];
const maxSpareBuffers = 16;

/** Reads under way, by what they read: whoever wants the same of the same version meanwhile shares the answer. */
const sharedReads = new Map<string, Promise<Buffer>>();

export class LocalFile implements OpenFile {
  readonly entry: StoredEntry;
  /** Its path for system calls, while it is open. */
  readonly path: string;
  readonly #fd: number;
  #isClosed = false;
  /** A read that the kernel may still be filling a buffer for: the descriptor stays ours until it is over. */
  #reading: Promise<unknown> | undefined;

  constructor(fd: number, path: string, entry: StoredEntry) {
    this.#fd = fd;
    this.path = path;
    this.entry = entry;
  }

  async *bytes(range: ByteRange = { start: 0, end: this.entry.size - 1 }): AsyncGenerator<Uint8Array> {
    const { start, end } = range;
    try {
      if (start < 0 || end >= this.entry.size) throw rangeOutside();
      const length = end - start + 1;
      if (length > chunkBytes) yield* this.#chunks(start, end);
      else if (length > 0) {
        const buffer = await this.#readShared(start, length);
        // Before the last chunk is handed out: who takes it may be in no hurry to come back.
        this.close();
        yield buffer;
      }
    } catch (error) {
      throw classifyLocalError(error);
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#reading) this.#reading.finally(() => closeSync(this.#fd)).catch(() => {});
    else closeSync(this.#fd);
  }

  /** Two buffers take turns: while one is being sent, the next is read. */
  async *#chunks(start: number, end: number): AsyncGenerator<Buffer> {
    let current = takeBuffer();
    let next = takeBuffer();
    const partAt = (buffer: Buffer, position: number) =>
      buffer.subarray(0, Math.max(0, Math.min(chunkBytes, end + 1 - position)));
    try {
      await this.#fill(partAt(current, start), start);
      for (let position = start; position <= end; position += chunkBytes) {
        const following = position + chunkBytes;
        const ahead = following <= end ? this.#fill(partAt(next, following), following) : undefined;
        // Looked at below; until then a failure must not count as unhandled.
        ahead?.catch(() => {});
        yield partAt(current, position);
        await ahead;
        [current, next] = [next, current];
      }
    } finally {
      await this.#reading?.catch(() => {});
      giveBack(current, next);
    }
  }

  #readShared(start: number, length: number): Promise<Buffer> {
    const { identity, etag } = this.entry;
    const key = `${identity} ${etag} ${start} ${length}`;
    const shared = sharedReads.get(key);
    if (shared) return shared;
    const buffer = Buffer.allocUnsafe(length);
    const reading = this.#fill(buffer, start)
      .then(() => buffer)
      .finally(() => sharedReads.delete(key));
    sharedReads.set(key, reading);
    return reading;
  }

  #fill(buffer: Buffer, position: number): Promise<void> {
    const reading = this.#readFully(buffer, position).finally(() => (this.#reading = undefined));
    this.#reading = reading;
    return reading;
  }

  async #readFully(buffer: Buffer, position: number): Promise<void> {
    if (this.#isClosed) throw new AppError('unavailable', 'The file is closed already.');
    for (let done = 0; done < buffer.length;) {
      const { bytesRead } = await readAsync(this.#fd, buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) throw cutShort();
      done += bytesRead;
    }
  }
}

function takeBuffer(): Buffer {
  return spareBuffers.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
}

function giveBack(...buffers: Buffer[]): void {
  for (const buffer of buffers) if (spareBuffers.length < maxSpareBuffers) spareBuffers.push(buffer);
}

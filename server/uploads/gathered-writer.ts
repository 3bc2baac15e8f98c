import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../contract/app-error.ts';
import { releaseMemory } from '../base/release-memory.ts';

/** Many small writes cost more than they carry. */
const writeBytes = 1 << 20;
/** What is written begins its way to the disk from so many bytes on, so that the last sync is short. */
const syncBytes = 16 << 20;

/**
 * Writes chunks to a file from a position on. While one write runs, the next is gathered; while both do, what was
 * written before is synced. A failure is thrown by whichever call comes next, and by `finish`. The chunks belong to the
 * writer: their memory is given back once they are written.
 */
export class GatheredWriter {
  readonly #file: FileHandle;
  #position: number;
  #chunks: Uint8Array[] = [];
  #gatheredBytes = 0;
  #unsyncedBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #isSyncing = false;
  readonly #onWritten: (end: number) => void;

  /** `onWritten` is told up to where the file is written. */
  constructor(file: FileHandle, position: number, onWritten: (end: number) => void) {
    this.#file = file;
    this.#position = position;
    this.#onWritten = onWritten;
  }

  /** Where the next chunk goes. */
  get end(): number {
    return this.#position + this.#gatheredBytes;
  }

  /** Undefined when nothing need be waited for. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    this.#chunks.push(chunk);
    this.#gatheredBytes += chunk.length;
    return this.#gatheredBytes < writeBytes ? undefined : this.#writeOn();
  }

  async #writeOn(): Promise<void> {
    await this.#flush();
    if (!this.#isSyncing && this.#unsyncedBytes >= syncBytes) await this.#beginSync();
  }

  /** Resolves when all is written and no sync is under way any more. The last bytes are left to be synced. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#syncing;
  }

  /** Resolves when the file is not used any more, however that went. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing]);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#gatheredBytes === 0) return;
    this.#writing = this.#write(this.#chunks, this.#gatheredBytes, this.#position);
    // Failures are thrown where these are awaited; until then they must not count as unhandled.
    this.#writing.catch(() => {});
    this.#position += this.#gatheredBytes;
    this.#chunks = [];
    this.#gatheredBytes = 0;
  }

  async #write(chunks: Uint8Array[], bytes: number, position: number): Promise<void> {
    const { bytesWritten } = await this.#file.writev(chunks, position);
    if (bytesWritten !== bytes) throw new AppError('out_of_space', 'The volume is full.');
    this.#unsyncedBytes += bytes;
    this.#onWritten(position + bytes);
    chunks.forEach(releaseMemory);
  }

  async #beginSync(): Promise<void> {
    // One that failed is thrown before there is another: the system tells of a lost write only once.
    await this.#syncing;
    this.#unsyncedBytes = 0;
    this.#isSyncing = true;
    this.#syncing = this.#file.datasync().finally(() => (this.#isSyncing = false));
    this.#syncing.catch(() => {});
  }
}

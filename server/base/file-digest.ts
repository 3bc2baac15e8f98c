import { WorkerThread } from './worker-thread.ts';
import type { FileDigestOrder, FileDigests } from './file-digest-program.ts';

export type { FileDigests };

/** An order for less than this is not worth the message. */
const stepBytes = 8 * 1024 * 1024;

const thread = new WorkerThread<FileDigestOrder, FileDigests>({
  beside: import.meta.url,
  program: 'file-digest-program',
  resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 },
});
let lastId = 0;

/**
 * The SHA-256 of a file on this machine that grows, and its XXH64 where that is wanted: computed in a thread of its own, which all share, from what the
 * system still has in memory, while this thread moves the bytes. What cannot be read is read again when it is asked for.
 */
export class FileDigest {
  readonly #path: string;
  readonly #withXxh64: boolean;
  #id = ++lastId;
  #askedUpTo = 0;

  constructor(path: string, { withXxh64 = false } = {}) {
    this.#path = path;
    this.#withXxh64 = withXxh64;
  }

  /** The first `end` bytes are in the file: time to take them in. */
  advance(end: number): void {
    if (end - this.#askedUpTo >= stepBytes) this.upTo(end).catch(() => {});
  }

  /** Of the first `end` bytes, which is not before where it was last asked for. */
  upTo(end: number): Promise<FileDigests> {
    this.#askedUpTo = end;
    return thread.ask({ act: 'take', id: this.#id, path: this.#path, end, withXxh64: this.#withXxh64 });
  }

  /** What was taken in so far stays as it is, whatever becomes of the rest. */
  keep(): void {
    thread.ask({ act: 'keep', id: this.#id }).catch(() => {});
  }

  /** What was taken in since it was last kept is not in the file any more. */
  goBack(): void {
    this.#askedUpTo = 0;
    thread.ask({ act: 'goBack', id: this.#id }).catch(() => {});
  }

  /** Nobody wants it any more. */
  forget(): void {
    if (this.#askedUpTo > 0) thread.ask({ act: 'forget', id: this.#id }).catch(() => {});
  }
}

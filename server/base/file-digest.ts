import { totalmem } from 'node:os';
import { WorkerThread } from './worker-thread.ts';
import type { FileDigestAlgorithm, FileDigestOrder, TakeOrder } from './file-digest-program.ts';

export type { FileDigestAlgorithm };
/** Somebody waits for it, or it is taken when there is nothing better to do. */
type Haste = 'prompt' | 'patient';

/** An order for less than this is not worth the message. */
const stepBytes = 8 * 1024 * 1024;
/**
 * How far a digest stays behind the bytes that come. A patient one leaves the processors to whoever moves them, for as
 * long as the system can be expected to have them still in memory.
 */
const distanceBytes: Record<Haste, number> = {
  prompt: 0,
  patient: Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 8),
};

/** A thread that holds nothing for anybody ends after this. */
const idleMs = 10_000;

/** A thread with the digests of all files that were asked for with the same haste. */
class DigestThread {
  readonly #thread: WorkerThread<FileDigestOrder, string>;
  readonly #held = new Set<number>();
  #ending: NodeJS.Timeout | undefined;

  constructor(niceness: number) {
    this.#thread = new WorkerThread({
      beside: import.meta.url,
      program: 'file-digest-program',
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 },
      niceness,
    });
  }

  take(order: Omit<TakeOrder, 'act'>): Promise<string> {
    clearTimeout(this.#ending);
    this.#held.add(order.id);
    return this.#thread.ask({ act: 'take', ...order });
  }

  tell(act: 'keep' | 'goBack' | 'forget', id: number): void {
    if (!this.#held.has(id)) return;
    this.#thread.ask({ act, id }).catch(() => {});
    if (act !== 'forget') return;
    this.#held.delete(id);
    if (this.#held.size === 0) this.#ending = setTimeout(() => this.#thread.end(), idleMs).unref();
  }
}

const threads: Record<Haste, DigestThread> = {
  prompt: new DigestThread(0),
  // A tenth of a processor that others want is left to it, so that it never stands still.
  patient: new DigestThread(10),
};
let lastId = 0;

/**
 * The digest of a file on this machine that grows: computed in a thread that all of the same haste share, from what the
 * system still has in memory, while this thread moves the bytes. What cannot be read is read again when it is asked for.
 */
export class FileDigest {
  readonly #path: string;
  readonly #algorithm: FileDigestAlgorithm;
  readonly #haste: Haste;
  readonly #thread: DigestThread;
  readonly #id = ++lastId;
  #askedUpTo = 0;

  constructor(path: string, algorithm: FileDigestAlgorithm, haste: Haste = 'prompt') {
    this.#path = path;
    this.#algorithm = algorithm;
    this.#haste = haste;
    this.#thread = threads[haste];
  }

  /** The first `end` bytes are in the file: time to take them in. */
  advance(end: number): void {
    const reached = end - distanceBytes[this.#haste];
    if (reached - this.#askedUpTo >= stepBytes) this.upTo(reached).catch(() => {});
  }

  /**
   * Of the first `end` bytes, in hexadecimal, which is not before where it was last asked for. A file that moves away
   * meanwhile is found by the number `fd` under which this process has it open, until it is answered.
   */
  upTo(end: number, fd?: number): Promise<string> {
    this.#askedUpTo = end;
    const file = fd ?? this.#path;
    return this.#thread.take({ id: this.#id, algorithm: this.#algorithm, file, end });
  }

  /** What was taken in so far stays as it is, whatever becomes of the rest. */
  keep(): void {
    this.#thread.tell('keep', this.#id);
  }

  /** What was taken in since it was last kept is not in the file any more. */
  goBack(): void {
    this.#askedUpTo = 0;
    this.#thread.tell('goBack', this.#id);
  }

  /** Nobody wants it any more. */
  forget(): void {
    this.#thread.tell('forget', this.#id);
  }
}

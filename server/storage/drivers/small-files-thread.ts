import { WorkerThread } from '../../base/worker-thread.ts';
import type { SmallFileOutcome, SmallFilesOrder, SmallFilesPart } from './small-files-program.ts';

/** Of the memory in which bytes go to the thread: so many at once. */
export const maxPartBytes = 1024 * 1024;

type Waiting = {
  part: SmallFilesPart;
  bytes: readonly Uint8Array[];
  outcomes: PromiseWithResolvers<SmallFileOutcome[]>;
};

/** One for each device, by its number: a disk that hangs keeps nobody from the others. */
const threads = new Map<number, SmallFilesThread>();

/**
 * Stores files that lie in memory, in a thread of its own. To store one is a dozen system calls of microseconds, but to
 * ask another thread for a single call takes several times as long: so one thread is asked for whole files, and for all
 * at once that came while it was busy.
 */
export class SmallFilesThread {
  readonly #thread = new WorkerThread<SmallFilesOrder, SmallFileOutcome[][]>({
    beside: import.meta.url,
    program: 'small-files-program',
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
  });
  /**
   * One for each order that may be under way, so that one is written while the disk syncs the other. They are used again
   * and again: nothing is left to be collected.
   */
  readonly #free = Array.from({ length: 2 }, () => new Uint8Array(new SharedArrayBuffer(maxPartBytes)));
  readonly #waiting: Waiting[] = [];

  static of(device: number): SmallFilesThread {
    let thread = threads.get(device);
    if (!thread) threads.set(device, (thread = new SmallFilesThread()));
    return thread;
  }

  /** Answers what became of each file. `bytes` are those of the files, `maxPartBytes` together at most. */
  async store(part: SmallFilesPart, bytes: readonly Uint8Array[]): Promise<SmallFileOutcome[]> {
    if (lengthOf(bytes) > maxPartBytes) throw new RangeError('A file is too large to be stored with others.');
    const outcomes = Promise.withResolvers<SmallFileOutcome[]>();
    this.#waiting.push({ part, bytes, outcomes });
    const memory = this.#free.pop();
    if (memory) void this.#work(memory);
    return outcomes.promise;
  }

  async #work(memory: Uint8Array<SharedArrayBuffer>): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#take();
      try {
        fill(memory, taken);
        const answers = await this.#thread.ask({
          parts: taken.map(({ part }) => part),
          memory,
        });
        taken.forEach(({ outcomes }, index) => outcomes.resolve(answers[index]!));
      } catch (error) {
        for (const { outcomes } of taken) outcomes.reject(error);
      }
    }
    this.#free.push(memory);
  }

  /** As many as the memory has room for. */
  #take(): Waiting[] {
    let length = 0;
    const end = this.#waiting.findIndex(({ bytes }) => (length += lengthOf(bytes)) > maxPartBytes);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }
}

function fill(memory: Uint8Array, taken: readonly Waiting[]): void {
  let position = 0;
  for (const piece of taken.flatMap(({ bytes }) => bytes)) {
    memory.set(piece, position);
    position += piece.length;
  }
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

import { setPriority } from 'node:os';
import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { parentPort, Worker, workerData, type ResourceLimits, type Transferable } from 'node:worker_threads';

// What the command line says of the young generation of the main thread would overrule the limits of all others.
setFlagsFromString('--max-semi-space-size=0');

type Message<Order> = { id: number; order: Order };
type Reply<Answer> = { id: number; answer: Answer } | { id: number; error: unknown };

type Options = {
  /** Of the module that asks (`import.meta.url`); the program lies beside it, as TypeScript or built, as that does. */
  beside: string;
  program: string;
  resourceLimits: ResourceLimits;
  /** How much it gives way to all other threads where the processors are busy: from 0, the others' own, to 19. */
  niceness?: number;
};
type WorkerData = { niceness: number };

/**
 * A program in a thread of its own that answers orders. It begins with the first, and anew with the next one after it
 * has failed; whoever waited is told. The process stays while an answer is awaited, and no longer.
 */
export class WorkerThread<Order, Answer> {
  readonly #program: URL;
  readonly #resourceLimits: ResourceLimits;
  readonly #niceness: number;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor({ beside, program, resourceLimits, niceness = 0 }: Options) {
    this.#program = new URL(`./${program}${extname(beside)}`, beside);
    this.#resourceLimits = resourceLimits;
    this.#niceness = niceness;
  }

  /** What is in `transferred` goes to the thread and cannot be used here any more. */
  ask(order: Order, transferred: readonly Transferable[] = []): Promise<Answer> {
    this.#worker ??= this.#start();
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    this.#worker.ref();
    this.#worker.postMessage({ id, order } satisfies Message<Order>, transferred);
    return waiting.promise;
  }

  /** Gives its memory back, unless an answer is awaited; the next order begins it anew. */
  end(): void {
    if (this.#waiting.size > 0) return;
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = new Worker(this.#program, {
      execArgv: [],
      resourceLimits: this.#resourceLimits,
      workerData: { niceness: this.#niceness } satisfies WorkerData,
    });
    worker.on('message', (reply: Reply<Answer>) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if ('answer' in reply) waiting?.resolve(reply.answer);
      else waiting?.reject(reply.error);
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
    });
    return worker;
  }
}

/** What the program of a `WorkerThread` does: answers each order. */
export function answerOrders<Order, Answer>(answer: (order: Order) => Answer | Promise<Answer>): void {
  beNice((workerData as WorkerData).niceness);
  parentPort?.on('message', async ({ id, order }: Message<Order>) => {
    let reply: Reply<Answer>;
    try {
      reply = { id, answer: await answer(order) };
    } catch (error) {
      reply = { id, error };
    }
    parentPort?.postMessage(reply);
  });
}

function beNice(niceness: number): void {
  // Elsewhere than on Linux it would be of the whole process (setpriority(2), "C library/kernel differences").
  if (niceness === 0 || process.platform !== 'linux') return;
  try {
    setPriority(niceness);
  } catch {
    // A sandbox may forbid it; then it is one thread among others.
  }
}

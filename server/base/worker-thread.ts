import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { parentPort, Worker, type ResourceLimits, type Transferable } from 'node:worker_threads';

// What the command line says of the young generation of the main thread would overrule the limits of all others.
setFlagsFromString('--max-semi-space-size=0');

type Message<Order> = { id: number; order: Order };
type Reply<Answer> = { id: number; answer: Answer } | { id: number; error: unknown };

type Options = {
  /** Of the module that asks (`import.meta.url`); the program lies beside it, as TypeScript or built, as that does. */
  beside: string;
  program: string;
  resourceLimits: ResourceLimits;
};

/**
 * A program in a thread of its own that answers orders. It begins with the first, and anew with the next one after it
 * has failed; whoever waited is told. The process stays while an answer is awaited, and no longer.
 */
export class WorkerThread<Order, Answer> {
  readonly #program: URL;
  readonly #resourceLimits: ResourceLimits;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor({ beside, program, resourceLimits }: Options) {
    this.#program = new URL(`./${program}${extname(beside)}`, beside);
    this.#resourceLimits = resourceLimits;
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

  #start(): Worker {
    const worker = new Worker(this.#program, { execArgv: [], resourceLimits: this.#resourceLimits });
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

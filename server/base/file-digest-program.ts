import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { makeReadBuffers, readFileRange, type ReadBuffers } from './file-range.ts';
import { answerOrders } from './worker-thread.ts';

export type FileDigestOrder =
  /** To take in the file up to `end` and answer the SHA-256 of all before it. */
  | { act: 'take'; id: number; path: string; end: number }
  /** To hold on to what was taken in; to go back to that; to know nothing of the file any more. */
  | { act: 'keep' | 'goBack' | 'forget'; id: number };

type Taken = { hash: Hash; bytes: number };

/** What the processor keeps near while it is hashed. */
const readBytes = 512 * 1024;
const freeBuffers: ReadBuffers[] = [];

const digests = new Map<number, GrowingDigest>();

answerOrders(async (order: FileDigestOrder): Promise<string> => {
  const { id } = order;
  const digest = digests.get(id) ?? new GrowingDigest();
  if (order.act === 'take') {
    digests.set(id, digest);
    return digest.take(order.path, order.end);
  }
  if (order.act === 'keep') await digest.keep();
  else {
    digests.delete(id);
    if (order.act === 'goBack') digests.set(id, digest.stopped());
    else digest.stopped();
  }
  return '';
});

class GrowingDigest {
  #kept: Taken;
  #taken: Taken;
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(kept: Taken = { hash: createHash('sha256'), bytes: 0 }) {
    this.#kept = kept;
    this.#taken = copyOf(kept);
  }

  take(path: string, end: number): Promise<string> {
    return this.#inTurn(async () => {
      await this.#readUpTo(path, end);
      if (this.#taken.bytes !== end) throw new Error('More was taken in than is asked for.');
      return this.#taken.hash.copy().digest('hex');
    });
  }

  async keep(): Promise<void> {
    await this.#inTurn(async () => {
      this.#kept = copyOf(this.#taken);
    });
  }

  /** Reads no more; what is kept goes on in another. */
  stopped(): GrowingDigest {
    this.#isStopped = true;
    return new GrowingDigest(this.#kept);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #readUpTo(path: string, end: number): Promise<void> {
    const taken = this.#taken;
    if (taken.bytes >= end) return;
    const buffers = freeBuffers.pop() ?? makeReadBuffers(readBytes);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
    try {
      // The next bytes are read while these are hashed.
      for await (const chunk of readFileRange(path, taken.bytes, end, { flags, buffers })) {
        if (this.#isStopped) throw new Error('Nobody wants it any more.');
        taken.hash.update(chunk);
        taken.bytes += chunk.length;
      }
    } finally {
      freeBuffers.push(buffers);
    }
  }
}

function copyOf({ hash, bytes }: Taken): Taken {
  return { hash: hash.copy(), bytes };
}

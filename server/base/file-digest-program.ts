import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { makeReadBuffers, readFileRange, type ReadBuffers } from './file-range.ts';
import { answerOrders } from './worker-thread.ts';
import { addToXxh64, emptyXxh64, hexOfXxh64, type Xxh64 } from './xxh64.ts';

/** To take in the file up to `end` and answer the digests of all before it. */
type TakeOrder = { act: 'take'; id: number; path: string; end: number; withXxh64: boolean };
export type FileDigestOrder =
  | TakeOrder
  /** To hold on to what was taken in; to go back to that; to know nothing of the file any more. */
  | { act: 'keep' | 'goBack' | 'forget'; id: number };

/** In hexadecimal. The XXH64 only of a file that it was always asked for. */
export type FileDigests = { sha256: string; xxh64: string };

type Taken = { sha256: Hash; xxh64: Xxh64; bytes: number };

/** What the processor keeps near while it is hashed. */
const readBytes = 512 * 1024;
const freeBuffers: ReadBuffers[] = [];

const digests = new Map<number, GrowingDigest>();

answerOrders(async (order: FileDigestOrder): Promise<FileDigests | undefined> => {
  const { id } = order;
  const digest = digests.get(id) ?? new GrowingDigest();
  if (order.act === 'take') {
    digests.set(id, digest);
    return digest.take(order);
  }
  if (order.act === 'keep') await digest.keep();
  else {
    digests.delete(id);
    if (order.act === 'goBack') digests.set(id, digest.stopped());
    else digest.stopped();
  }
  return undefined;
});

class GrowingDigest {
  #kept: Taken;
  #taken: Taken;
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(kept: Taken = { sha256: createHash('sha256'), xxh64: emptyXxh64, bytes: 0 }) {
    this.#kept = kept;
    this.#taken = copyOf(kept);
  }

  take(order: TakeOrder): Promise<FileDigests> {
    return this.#inTurn(async () => {
      await this.#readUpTo(order);
      const { sha256, xxh64, bytes } = this.#taken;
      if (bytes !== order.end) throw new Error('More was taken in than is asked for.');
      return { sha256: sha256.copy().digest('hex'), xxh64: hexOfXxh64(xxh64) };
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

  async #readUpTo({ path, end, withXxh64 }: TakeOrder): Promise<void> {
    const taken = this.#taken;
    if (taken.bytes >= end) return;
    const buffers = freeBuffers.pop() ?? makeReadBuffers(readBytes);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
    try {
      // The next bytes are read while these are hashed.
      for await (const chunk of readFileRange(path, taken.bytes, end, { flags, buffers })) {
        if (this.#isStopped) throw new Error('Nobody wants it any more.');
        taken.sha256.update(chunk);
        if (withXxh64) taken.xxh64 = addToXxh64(taken.xxh64, chunk);
        taken.bytes += chunk.length;
      }
    } finally {
      freeBuffers.push(buffers);
    }
  }
}

function copyOf(taken: Taken): Taken {
  return { ...taken, sha256: taken.sha256.copy() };
}

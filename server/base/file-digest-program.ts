import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { makeReadBuffers, readFileRange, type ReadBuffers } from './file-range.ts';
import { answerOrders } from './worker-thread.ts';
import { addToXxh64, emptyXxh64, hexOfXxh64 } from './xxh64.ts';

export type FileDigestAlgorithm = 'sha256' | 'xxh64';
/** To take in the file, by its path or its number, up to `end` and answer the digest of all before it, in hexadecimal. */
export type TakeOrder = {
  act: 'take';
  id: number;
  algorithm: FileDigestAlgorithm;
  file: string | number;
  end: number;
};
export type FileDigestOrder =
  | TakeOrder
  /** To hold on to what was taken in; to go back to that; to know nothing of the file any more. */
  | { act: 'keep' | 'goBack' | 'forget'; id: number };

/** A hash that goes on after it has been asked. */
type Hash = { add(bytes: Uint8Array): void; copy(): Hash; hex(): string };
type Taken = { hash: Hash; bytes: number };

/** What the processor keeps near while it is hashed. */
const readBytes = 512 * 1024;
const freeBuffers: ReadBuffers[] = [];

const digests = new Map<number, GrowingDigest>();

answerOrders(async (order: FileDigestOrder): Promise<string | undefined> => {
  const { id } = order;
  const digest = digests.get(id);
  if (order.act === 'take') {
    const taking = digest ?? new GrowingDigest({ hash: emptyHashes[order.algorithm](), bytes: 0 });
    digests.set(id, taking);
    return taking.take(order);
  }
  if (order.act === 'keep') await digest?.keep();
  else {
    const goingOn = digest?.stopped();
    digests.delete(id);
    if (order.act === 'goBack' && goingOn) digests.set(id, goingOn);
  }
  return undefined;
});

class GrowingDigest {
  #kept: Taken;
  #taken: Taken;
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(kept: Taken) {
    this.#kept = kept;
    this.#taken = copyOf(kept);
  }

  take(order: TakeOrder): Promise<string> {
    return this.#inTurn(async () => {
      await this.#readUpTo(order);
      const { hash, bytes } = this.#taken;
      if (bytes !== order.end) throw new Error('More was taken in than is asked for.');
      return hash.hex();
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

  async #readUpTo({ file, end }: TakeOrder): Promise<void> {
    const taken = this.#taken;
    if (taken.bytes >= end) return;
    const buffers = freeBuffers.pop() ?? makeReadBuffers(readBytes);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
    try {
      // The next bytes are read while these are hashed.
      for await (const chunk of readFileRange(file, taken.bytes, end, { flags, buffers })) {
        if (this.#isStopped) throw new Error('Nobody wants it any more.');
        taken.hash.add(chunk);
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

const emptyHashes: Record<FileDigestAlgorithm, () => Hash> = { sha256: makeSha256, xxh64: makeXxh64 };

function makeSha256(hash = createHash('sha256')): Hash {
  return {
    add: (bytes) => void hash.update(bytes),
    copy: () => makeSha256(hash.copy()),
    hex: () => hash.copy().digest('hex'),
  };
}

function makeXxh64(state = emptyXxh64): Hash {
  return {
    add: (bytes) => void (state = addToXxh64(state, bytes)),
    copy: () => makeXxh64(state),
    hex: () => hexOfXxh64(state),
  };
}

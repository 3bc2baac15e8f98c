import type { PathInRoot } from '../../contract/path.ts';
import type {
  ByteRange,
  Driver,
  ListedBatch,
  OpenFile,
  StoredEntry,
  RemoveOptions,
  WriteOptions,
} from '../driver.ts';
import { Semaphore } from '../../base/semaphore.ts';
import { Turn } from './turn.ts';

/**
 * Any driver, with at most `limit` of its operations under way at once. A slot is held while the back end works, not
 * while the caller does: neither between two chunks or batches, nor while a body that is being written keeps us
 * waiting. So two operations that need each other, such as a copy within one back end, cannot block each other.
 */
export class ConcurrencyDriver implements Driver {
  readonly capabilities: Driver['capabilities'];
  readonly #inner: Driver;
  readonly #slots: Semaphore;
  // What the driver below cannot do, this one does not offer.
  readonly directoryVersion: Driver['directoryVersion'];
  readonly move: Driver['move'];
  readonly copy: Driver['copy'];
  readonly adoptFile: Driver['adoptFile'];
  readonly stagingFolder: Driver['stagingFolder'];
  readonly space: Driver['space'];
  readonly sweep: Driver['sweep'];

  constructor(inner: Driver, limit: number) {
    this.#inner = inner;
    this.#slots = new Semaphore(limit);
    this.capabilities = inner.capabilities;
    this.directoryVersion = this.#limited(inner.directoryVersion);
    this.move = this.#limited(inner.move);
    this.copy = this.#limited(inner.copy);
    this.adoptFile = this.#limited(inner.adoptFile);
    this.stagingFolder = inner.stagingFolder?.bind(inner);
    this.space = this.#limited(inner.space);
    this.sweep = this.#limited(inner.sweep);
  }

  stat(path: PathInRoot): Promise<StoredEntry> {
    return this.#slots.run(() => this.#inner.stat(path));
  }

  list(path: PathInRoot): AsyncIterable<ListedBatch> {
    return this.#eachLimited(this.#inner.list(path));
  }

  async open(path: PathInRoot): Promise<OpenFile> {
    const file = await this.#slots.run(() => this.#inner.open(path));
    return {
      entry: file.entry,
      bytes: (range?: ByteRange) => this.#eachLimited(file.bytes(range)),
      close: () => file.close(),
    };
  }

  async write(
    path: PathInRoot,
    body: AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<StoredEntry> {
    const turn = new Turn(this.#slots);
    await turn.begin();
    try {
      return await this.#inner.write(path, eachPausing(turn, body), options);
    } finally {
      turn.end();
    }
  }

  makeDirectory(path: PathInRoot): Promise<StoredEntry> {
    return this.#slots.run(() => this.#inner.makeDirectory(path));
  }

  remove(path: PathInRoot, options?: RemoveOptions): Promise<void> {
    return this.#slots.run(() => this.#inner.remove(path, options));
  }

  classify(error: unknown): Error {
    return this.#inner.classify(error);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #limited<Arguments extends unknown[], T>(operation: ((...args: Arguments) => Promise<T>) | undefined) {
    if (!operation) return undefined;
    return (...args: Arguments) => this.#slots.run(() => operation.apply(this.#inner, args));
  }

  /** Holds a slot while the source is working on its next item. */
  async *#eachLimited<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#slots.run(() => iterator.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
}

/** Gives the slot away while the source is working on its next item. */
async function* eachPausing<T>(turn: Turn, source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      turn.pause();
      const next = await iterator.next().finally(() => turn.begin());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

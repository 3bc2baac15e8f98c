import type { Answers } from '../base/answers.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import { rootOf, type EntryName, type EntryPath } from '../contract/path.ts';
import type { RemoveOptions, StoredEntry, WholeFile, WriteOptions, WrittenEntry } from '../storage/driver.ts';
import type { Mounts } from '../storage/mounts.ts';
import { inOnePiece, Storage } from '../storage/storage.ts';
import type { Quotas } from './quotas.ts';

type CopyOptions = NonNullable<Parameters<Storage['copy']>[2]>;

/** What is known of bytes that are put in their place. */
export type PutTerms = WriteOptions & {
  /** How many they are, where that is known before they come. */
  size?: number | undefined;
  /** Under which identifier room was promised for them before. */
  promise?: string | undefined;
};

/** Room for at least so many bytes is promised before they come; fewer are asked about when they have come. */
const promisedFrom = 1 << 20;

/**
 * The tree of entries, whose roots hold no more than they may: the one place where bytes come, go and are counted.
 * Besides what `Storage` throws, whatever would make a root too large throws `out_of_space`, reason `quota`, and changes
 * nothing.
 */
export class CountedStorage extends Storage {
  readonly #quotas: Quotas;
  /** Who replaces a file waits for whoever does so already: each must know how large the one was that went. */
  readonly #replacing = new Map<EntryPath, Promise<void>>();

  constructor(mounts: Mounts, quotas: Quotas, clock: Clock) {
    super(mounts, clock);
    this.#quotas = quotas;
  }

  override write(
    path: EntryPath,
    body: AsyncIterable<Uint8Array>,
    terms: PutTerms = {},
  ): Promise<WrittenEntry> {
    return this.#put(path, terms, (options, admit) =>
      super.write(path, admit ? admitted(body, admit) : body, options),
    );
  }

  override async writeMany(files: readonly WholeFile<EntryPath>[]): Promise<Answers<WrittenEntry>> {
    const oneOfEachRoot = [...new Map(files.map(({ path }) => [rootOf(path), path])).values()];
    const isLimited = await Promise.all(oneOfEachRoot.map((path) => this.#isLimited(path)));
    if (!isLimited.includes(true)) return super.writeMany(files);
    return Promise.all(
      files.map(({ path, bytes, options }) =>
        this.write(path, inOnePiece(bytes), options).catch((error: unknown) => error as Error),
      ),
    );
  }

  override adopt(
    path: EntryPath,
    localPath: string,
    terms: PutTerms & { size: number },
  ): Promise<WrittenEntry> {
    return this.#put(path, terms, async (options, admit) => {
      await admit?.(terms.size);
      return super.adopt(path, localPath, options);
    });
  }

  override async restore(
    kept: { root: EntryName; id: string; bytes: number },
    path: EntryPath,
    ifMatch: string,
  ): Promise<StoredEntry> {
    return this.#put(path, {}, async (_options, admit) => {
      await admit?.(kept.bytes);
      return super.restore(kept, path, ifMatch);
    });
  }

  override async copy(from: EntryPath, to: EntryPath, options: CopyOptions = {}): Promise<void> {
    const copied = () => super.copy(from, to, options);
    if (!(await this.#isLimited(to))) return copied();
    const bytes = (await this.bytesOf(from)) - (options.replace ? await this.fileBytes(to) : 0);
    await this.#change(rootOf(to), bytes, copied);
  }

  override async move(from: EntryPath, to: EntryPath, options: CopyOptions = {}): Promise<void> {
    const moved = () => super.move(from, to, options);
    const isCounted = !this.movesInOneStep(from, to) || !(await this.#isLimited(to));
    // Otherwise it is copied and removed, which count by themselves.
    if (isCounted || !options.replace) return moved();
    await this.#change(rootOf(to), -(await this.fileBytes(to)), moved);
  }

  override async remove(path: EntryPath, options: RemoveOptions = {}): Promise<void> {
    const removed = () => super.remove(path, options);
    if (!(await this.#isLimited(path))) return removed();
    const root = rootOf(path);
    const changes = await this.#quotas.changesOf(root);
    const bytes = await this.bytesOf(path);
    await this.#change(root, -bytes, removed);
    // Something else changed while this was measured, perhaps in here.
    if ((await this.#quotas.changesOf(root)) !== changes + 1) void this.#quotas.recount(root).catch(() => {});
  }

  override async moveHome(name: EntryName, to: EntryPath): Promise<void> {
    await super.moveHome(name, to);
    await this.#quotas.forget(name, rootOf(to));
  }

  async #isLimited(path: EntryPath): Promise<boolean> {
    return (await this.#quotas.limitOf(rootOf(path))) !== null;
  }

  /**
   * `store` asks to be admitted with the number of bytes as its last step before they take their name, where there is a
   * limit.
   */
  async #put<T extends StoredEntry>(
    path: EntryPath,
    { size = 0, promise, ...options }: PutTerms,
    store: (options: WriteOptions, admit?: (bytes: number) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    if (!(await this.#isLimited(path))) return store(options);
    const root = rootOf(path);
    const id = promise ?? createIdentifier();
    const replacedBytes = () => (options.onlyIfAbsent ? 0 : this.fileBytes(path));
    const ends: (() => void)[] = [];
    let added = 0;
    try {
      if (promise === undefined && size >= promisedFrom)
        await this.#quotas.promise({ id, root, bytes: size - (await replacedBytes()) });
      const entry = await store(options, async (bytes) => {
        if (!options.onlyIfAbsent) ends.push(await this.#alone(path));
        ends.push(this.#quotas.enter(root));
        added = bytes - (await replacedBytes());
        await this.#quotas.promise({ id, root, bytes: added });
      });
      await this.#quotas.settle({ id, root, bytes: added });
      return entry;
    } catch (error) {
      if (promise === undefined) await this.#quotas.release(id);
      throw error;
    } finally {
      for (const end of ends) end();
    }
  }

  async #change(root: EntryName, bytes: number, act: () => Promise<void>): Promise<void> {
    const id = createIdentifier();
    const leave = this.#quotas.enter(root);
    try {
      await this.#quotas.promise({ id, root, bytes });
      await act();
      await this.#quotas.settle({ id, root, bytes });
    } catch (error) {
      await this.#quotas.release(id);
      throw error;
    } finally {
      leave();
    }
  }

  /** Of the file at `path`; 0 when there is none. */
  async fileBytes(path: EntryPath): Promise<number> {
    const entry = await this.find(path);
    return entry?.kind === 'file' ? entry.size : 0;
  }

  async #alone(path: EntryPath): Promise<() => void> {
    const before = this.#replacing.get(path);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#replacing.set(path, promise);
    await before;
    return () => {
      if (this.#replacing.get(path) === promise) this.#replacing.delete(path);
      resolve();
    };
  }
}

async function* admitted(
  body: AsyncIterable<Uint8Array>,
  admit: (bytes: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    yield chunk;
  }
  await admit(bytes);
}

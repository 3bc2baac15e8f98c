import { answerGroups, isError, type Answers } from '../base/answers.ts';
import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, hasCode } from '../contract/app-error.ts';
import { containsPath, isRoot, nameOf, pathInRoot, rootOf } from '../contract/path.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import { DirectoryLister } from './directory-lister.ts';
import type { ListOptions, ListPage } from './directory-lister.ts';
import type {
  Driver,
  OpenFile,
  RemoveOptions,
  Space,
  StoredEntry,
  WholeFile,
  WriteOptions,
  WrittenEntry,
} from './driver.ts';
import type { Mounts } from './mounts.ts';
import { intoItself, notFound, rootIsFixed } from './storage-errors.ts';
import { copyTree } from './tree-copy.ts';
import type { CopyOptions, Place } from './tree-copy.ts';
import { walkTree } from './tree-walk.ts';
import type { WalkedEntry } from './tree-walk.ts';

/**
 * All roots as one tree of entries, whatever they are stored in. Every error it throws is an `AppError`, or what the
 * caller's own stream or signal threw; see `Driver` for which.
 */
export class Storage {
  readonly #mounts: Mounts;
  readonly #lister: DirectoryLister;

  constructor(mounts: Mounts, clock: Clock = systemClock) {
    this.#mounts = mounts;
    this.#lister = new DirectoryLister(clock);
  }

  /** Throws `not_found`. A root's name is the name of the root. */
  stat(path: EntryPath): Promise<StoredEntry> {
    return this.#at(path, async ({ driver, path: inRoot }) => {
      const entry = await driver.stat(inRoot);
      return isRoot(path) ? { ...entry, name: nameOf(path) } : entry;
    });
  }

  /** The entry at `path`, or undefined when nothing is there. */
  async find(path: EntryPath): Promise<StoredEntry | undefined> {
    try {
      return await this.stat(path);
    } catch (error) {
      if (hasCode(error, 'not_found')) return undefined;
      throw error;
    }
  }

  /** Names and kinds of the children of a directory, in no order, as the back end hands them out. */
  async *children(path: EntryPath): AsyncGenerator<Pick<StoredEntry, 'name' | 'kind'>> {
    const { driver, path: inRoot } = this.#place(path);
    try {
      for await (const { directories, files } of driver.list(inRoot)) {
        for (const name of directories) yield { name, kind: 'directory' };
        for (const name of files) yield { name, kind: 'file' };
      }
    } catch (error) {
      throw driver.classify(error);
    }
  }

  mountNames(): EntryName[] {
    return this.#mounts.names();
  }

  /** Of users who are here and of those who are gone. */
  homeNames(): EntryName[] {
    return this.#mounts.homeNames();
  }

  /** Makes a whole home a folder in another one, in one step. */
  async moveHome(name: EntryName, to: EntryPath): Promise<void> {
    await this.#mounts.moveHome(name, rootOf(to), nameOf(to));
  }

  isMount(root: string): boolean {
    return this.#mounts.isMounted(root as EntryName);
  }

  /**
   * One page of the children of a directory, folders first. Throws `not_found`, `conflict` for a file, `invalid` for a
   * cursor that was not made for this order.
   */
  list(path: EntryPath, options: ListOptions): Promise<ListPage> {
    return this.#at(path, (place) => this.#lister.page(place.driver, place.path, path, options));
  }

  /** `path` and all below it, depth first, a directory before its children, these in order of their names. */
  async *walk(
    path: EntryPath,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<WalkedEntry<EntryPath>> {
    const { driver, path: top } = this.#place(path);
    try {
      for await (const { path: at, entry, omitted } of walkTree(driver, top, signal)) {
        if (at === top) yield { path, entry: { ...entry, name: nameOf(path) }, omitted };
        else yield { path: `${rootOf(path)}/${at}` as EntryPath, entry, omitted };
      }
    } catch (error) {
      throw driver.classify(error);
    }
  }

  /** What a file has, or all files below a directory have together. */
  async bytesOf(path: EntryPath, signal?: AbortSignal): Promise<number> {
    let bytes = 0;
    for await (const { entry } of this.walk(path, { ...(signal && { signal }) })) {
      if (entry.kind === 'file') bytes += entry.size;
    }
    return bytes;
  }

  /** Throws `not_found`, or `conflict` for a directory. Whoever opens a file ends `bytes` or calls `close`. */
  open(path: EntryPath): Promise<OpenFile> {
    return this.#at(path, ({ driver, path }) => driver.open(path));
  }

  /** As `Driver.write`. */
  write(path: EntryPath, body: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<WrittenEntry> {
    return this.#at(path, ({ driver, path }) => driver.write(path, body, options));
  }

  /** As `write` of each, for many small files. */
  writeMany(files: readonly WholeFile<EntryPath>[]): Promise<Answers<WrittenEntry>> {
    const byRoot = Map.groupBy(files, ({ path }) => rootOf(path)).values();
    return answerGroups(files, byRoot, async (group) => {
      const driver = this.#mounts.driverFor(rootOf(group[0]!.path));
      const inRoot = group.map((file) => ({ ...file, path: pathInRoot(file.path) }));
      const written = (await driver.writeMany?.(inRoot)) ?? (await writeEach(driver, inRoot));
      return written.map((answer) => (isError(answer) ? driver.classify(answer) : answer));
    });
  }

  /** As `Driver.makeDirectory`. */
  makeDirectory(path: EntryPath): Promise<StoredEntry> {
    return this.#at(path, ({ driver, path }) => driver.makeDirectory(path));
  }

  /** As `Driver.remove`; a root cannot be removed (`invalid`). */
  async remove(path: EntryPath, options?: RemoveOptions): Promise<void> {
    refuseRoot(path);
    return this.#at(path, ({ driver, path }) => driver.remove(path, options));
  }

  /** As `Driver.restore`; throws `not_found` too when the file has left the root in which the version was kept. */
  restore(kept: { root: EntryName; id: string }, path: EntryPath, ifMatch: string): Promise<StoredEntry> {
    return this.#at(path, async ({ driver, path: inRoot }) => {
      if (!driver.restore || rootOf(path) !== kept.root) throw notFound();
      return driver.restore(kept.id, inRoot, ifMatch);
    });
  }

  /**
   * Moves a file or directory to a new path. Without `replace`, throws `precondition_failed` when something is there.
   * One step within a root; from one root to another it is copied, shown, and then removed at its old place.
   */
  async move(from: EntryPath, to: EntryPath, options: CopyOptions = {}): Promise<void> {
    refuseRoot(from);
    refuseRoot(to);
    const { driver, path } = this.#place(from);
    if (driver.move && this.movesInOneStep(from, to)) {
      return this.#at(to, (target) => driver.move!(path, target.path, { replace: options.replace }));
    }
    await this.copy(from, to, options);
    await this.remove(from);
  }

  /** Whether `move` copies nothing. */
  movesInOneStep(from: EntryPath, to: EntryPath): boolean {
    return rootOf(from) === rootOf(to) && this.#place(from).driver.move !== undefined;
  }

  /**
   * Copies a file or a whole tree, with its dates. It becomes visible in one step, when it is complete. Without
   * `replace`, throws `precondition_failed` when something is at `to`; `conflict` when one path contains the other.
   */
  async copy(from: EntryPath, to: EntryPath, options: CopyOptions = {}): Promise<void> {
    refuseRoot(to);
    if (containsPath(from, to) || containsPath(to, from)) {
      throw intoItself();
    }
    return this.#at(from, (source) => this.#at(to, (target) => copyTree(source, target, options)));
  }

  /** A folder on this machine from which `adopt` takes a file to `path`, made when missing; see `Driver`. */
  stagingFolder(path: EntryPath): string | undefined {
    const { driver, path: inRoot } = this.#place(path);
    try {
      return driver.stagingFolder?.(inRoot);
    } catch (error) {
      throw driver.classify(error);
    }
  }

  /** As `write`, with a complete file in the root's `stagingFolder` as the body; takes that file away. */
  adopt(path: EntryPath, localPath: string, options?: WriteOptions): Promise<WrittenEntry> {
    return this.#at(path, async ({ driver, path }) => {
      if (!driver.adoptFile) throw new AppError('internal', 'This storage cannot take over a file.');
      return driver.adoptFile(localPath, path, options);
    });
  }

  /** Undefined where the back end has no such notion. */
  async space(root: EntryName): Promise<Space | undefined> {
    return this.#at(root as string as EntryPath, async ({ driver }) => driver.space?.());
  }

  #place(path: EntryPath): Place {
    return { driver: this.#mounts.driverFor(rootOf(path)), path: pathInRoot(path) };
  }

  async #at<T>(path: EntryPath, work: (place: Place) => Promise<T>): Promise<T> {
    const place = this.#place(path);
    try {
      return await work(place);
    } catch (error) {
      throw place.driver.classify(error);
    }
  }
}

function writeEach(driver: Driver, files: readonly WholeFile[]): Promise<Answers<WrittenEntry>> {
  return Promise.all(
    files.map(({ path, bytes, options }) =>
      driver.write(path, inOnePiece(bytes), options).catch((error: unknown) => error as Error),
    ),
  );
}

export async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function refuseRoot(path: EntryPath): void {
  if (isRoot(path)) throw rootIsFixed();
}

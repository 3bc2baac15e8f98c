import { closeSync, fstatSync, realpathSync, statSync } from 'node:fs';
import { lstat, mkdir, readdir, rmdir, statfs, unlink } from 'node:fs/promises';
import type { Answers } from '../../base/answers.ts';
import { reservedName } from '../../contract/path.ts';
import type { EntryName, PathInRoot } from '../../contract/path.ts';
import type {
  Driver,
  ListedBatch,
  RemoveOptions,
  Space,
  StoredEntry,
  WholeFile,
  WriteOptions,
  WrittenEntry,
} from '../driver.ts';
import { lastSegment, splitPath } from '../root-path.ts';
import {
  contentChanged,
  folderNotEmpty,
  folderStandsThere,
  notADirectory,
  notFound,
  otherVolume,
} from '../storage-errors.ts';
import { copyBytes } from './local-copying.ts';
import { Folder, forReading, forStat, handlePath, openContained } from './local-containment.ts';
import { entryOf, inspect } from './local-entry.ts';
import { classifyLocalError, isSystemError } from './local-errors.ts';
import { LocalFile } from './local-file.ts';
import { HiddenFolder } from './local-hidden-folder.ts';
import { listDirectory } from './local-listing.ts';
import { moveChild } from './local-moving.ts';
import { LocalOpener } from './local-opener.ts';
import { checkTarget, publish, settleFile, takeFormerName, whyTaken } from './local-publishing.ts';
import { LocalTrash } from './local-trash.ts';
import { LocalWriter } from './local-writer.ts';

/** How long after a change a directory's timestamps may still be the same for the next one: kernels round them. */
const timestampGranularityMs = 50;

/**
 * Files on a disk, under their own names. Only regular files and directories exist for it; no symbolic link below the
 * root is ever followed (see `openContained`). Hard links and mounts below the root are what they seem to be.
 */
export class LocalDriver implements Driver {
  readonly capabilities = { atomicMove: true };
  readonly #root: string;
  readonly #hidden: HiddenFolder;
  readonly #trash: LocalTrash;
  readonly #opener: LocalOpener;
  readonly #writer: LocalWriter;

  private constructor(root: string) {
    this.#root = root;
    this.#hidden = new HiddenFolder(root);
    this.#trash = new LocalTrash(this.#hidden);
    this.#opener = new LocalOpener(root);
    this.#writer = new LocalWriter({
      hidden: this.#hidden,
      trash: this.#trash,
      device: statSync(root).dev,
      openFolder: (path) => Folder.open(this.#pathOf(path), this.#opener.open),
    });
  }

  /** Throws when `rootFolder` is not a directory. It may be a symbolic link; what it leads to now is the root. */
  static open(rootFolder: string): LocalDriver {
    try {
      const root = realpathSync.native(rootFolder);
      if (!statSync(root).isDirectory()) throw notFound();
      return new LocalDriver(root);
    } catch (error) {
      throw classifyLocalError(error);
    }
  }

  async stat(path: PathInRoot): Promise<StoredEntry> {
    const fd = await openContained(this.#pathOf(path), forStat);
    try {
      return requireEntry(fd, path);
    } finally {
      closeSync(fd);
    }
  }

  async *list(path: PathInRoot): AsyncGenerator<ListedBatch> {
    using folder = await this.#openFolder(path);
    yield* listDirectory(folder.path, path === '');
  }

  async directoryVersion(path: PathInRoot): Promise<string | undefined> {
    const fd = await openContained(this.#pathOf(path), forStat);
    try {
      requireEntry(fd, path);
      const { ino, mtimeNs, ctimeNs, ctimeMs } = fstatSync(fd, { bigint: true });
      const isSettled = Date.now() - Number(ctimeMs) > timestampGranularityMs;
      return isSettled ? `${ino}.${mtimeNs}.${ctimeNs}` : undefined;
    } finally {
      closeSync(fd);
    }
  }

  async open(path: PathInRoot): Promise<LocalFile> {
    const fullPath = this.#pathOf(path);
    const fd = await openContained(fullPath, forReading, this.#opener.open);
    try {
      const entry = requireEntry(fd, path);
      if (entry.kind === 'directory') throw folderStandsThere();
      return new LocalFile(fd, handlePath(fd, fullPath), entry);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  write(
    path: PathInRoot,
    body: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<WrittenEntry> {
    return this.#writer.write(path, body, options);
  }

  writeMany(files: readonly WholeFile[]): Promise<Answers<WrittenEntry>> {
    return this.#writer.writeMany(files);
  }

  copy(from: PathInRoot, to: PathInRoot, options: WriteOptions = {}): Promise<StoredEntry> {
    return this.#writer.fill(to, options, async (temporary) => {
      const source = await this.open(from);
      try {
        await copyBytes(source, temporary, options);
      } finally {
        source.close();
      }
    });
  }

  async adoptFile(localPath: string, to: PathInRoot, options: WriteOptions = {}): Promise<WrittenEntry> {
    const { parent, name } = splitPath(to);
    using folder = await Folder.open(this.#pathOf(parent));
    const adopted = await takeFormerName(localPath, folder, name);
    if (adopted) return adopted;
    await checkTarget(folder.child(name), name, options);
    await settleFile(localPath, options);
    return await this.#writer.publish(localPath, folder, name, options);
  }

  async restore(keptId: string, path: PathInRoot, ifMatch: string): Promise<StoredEntry> {
    const { parent, name } = splitPath(path);
    using kept = await this.#hidden.open('kept');
    using folder = await Folder.open(this.#pathOf(parent));
    return await publish(kept.child(keptId), folder, name, { ifMatch: [ifMatch] });
  }

  async sweepKept(before: Date): Promise<number> {
    using kept = await this.#hidden.find('kept');
    if (!kept) return 0;
    let count = 0;
    for (const id of await readdir(kept.path)) {
      // Since when it is kept: its own date is that of its content.
      const stats = await lstat(kept.child(id)).catch(() => undefined);
      if (!stats || stats.ctime >= before) continue;
      await unlink(kept.child(id));
      count += 1;
    }
    return count;
  }

  async makeDirectory(path: PathInRoot): Promise<StoredEntry> {
    const { parent, name } = splitPath(path);
    using folder = await Folder.open(this.#pathOf(parent));
    try {
      await mkdir(folder.child(name), { mode: path === reservedName ? 0o700 : 0o750 });
    } catch (error) {
      throw isSystemError(error, 'EEXIST') ? await whyTaken(folder.child(name)) : error;
    }
    await folder.sync();
    return this.stat(path);
  }

  async remove(path: PathInRoot, { ifMatch, onlyIfEmpty }: RemoveOptions = {}): Promise<void> {
    const { parent, name } = splitPath(path);
    using folder = await Folder.open(this.#pathOf(parent));
    const entry = await inspect(folder.child(name), name);
    if (!entry || entry === 'hidden') throw notFound();
    if (ifMatch && !ifMatch.includes(entry.etag)) throw contentChanged();
    if (onlyIfEmpty && entry.kind === 'directory') return await removeIfEmpty(folder, name);
    const { empty } = await this.#take(folder, name, entry.kind);
    // Only when the name is gone for good: a loss of power must not bring back half a directory.
    await folder.sync();
    empty();
  }

  async move(from: PathInRoot, to: PathInRoot, { replace = false } = {}): Promise<void> {
    const [source, target] = [splitPath(from), splitPath(to)];
    using fromFolder = await Folder.open(this.#pathOf(source.parent));
    using toFolder = await Folder.open(this.#pathOf(target.parent));
    await moveChild(
      { path: from, folder: fromFolder, name: source.name },
      { path: to, folder: toFolder, name: target.name },
      replace ? this.#trash : undefined,
    );
  }

  stagingFolder(path: PathInRoot): string {
    const staging = this.#hidden.stagingFolder();
    const target = statSync(this.#pathOf(splitPath(path).parent), { throwIfNoEntry: false });
    if (target && target.dev !== statSync(staging).dev) throw otherVolume();
    return staging;
  }

  async space(): Promise<Space> {
    const { bavail, blocks, bsize } = await statfs(this.#root);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }

  classify(error: unknown): Error {
    return classifyLocalError(error);
  }

  async sweep(before: Date): Promise<number> {
    return this.#trash.sweep(before);
  }

  /** Waits until what was removed is deleted. */
  async close(): Promise<void> {
    await this.#trash.idle();
  }

  /** On a full volume the trash cannot be made; then a file goes without it, which makes room for the rest. */
  async #take(folder: Folder, name: EntryName, kind: StoredEntry['kind']): Promise<{ empty: () => void }> {
    try {
      return await this.#trash.take(folder, name);
    } catch (error) {
      if (kind === 'directory' || !isSystemError(error, 'ENOSPC', 'EDQUOT')) throw error;
      await unlink(folder.child(name));
      return { empty: () => {} };
    }
  }

  async #openFolder(path: PathInRoot): Promise<Folder> {
    try {
      return await Folder.open(this.#pathOf(path));
    } catch (error) {
      if (!isSystemError(error, 'ENOTDIR')) throw error;
      // It was a file, or a link: only the first is said.
      throw (await this.stat(path)).kind === 'file' ? notADirectory() : notFound();
    }
  }

  #pathOf(path: PathInRoot): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }
}

async function removeIfEmpty(folder: Folder, name: EntryName): Promise<void> {
  try {
    await rmdir(folder.child(name));
  } catch (error) {
    throw isSystemError(error, 'ENOTEMPTY', 'EEXIST') ? folderNotEmpty() : error;
  }
  await folder.sync();
}

function requireEntry(fd: number, path: PathInRoot): StoredEntry {
  const entry = entryOf(lastSegment(path), fstatSync(fd, { bigint: true }));
  if (!entry) throw notFound();
  return entry;
}

import {
  close,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  open,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { syncFolder } from '../../base/sync-folder.ts';
import { notFound } from '../storage-errors.ts';

const openAsync = promisify(open);

/** Where the kernel says what an open file is really called; Linux only. */
const handles = '/proc/self/fd';
const hasHandles = existsSync(handles);

/** For `fstat` alone: needs no permission on the file itself, and wakes no device (`O_PATH`, which Node does not name). */
export const forStat = hasHandles ? 0o10000000 : constants.O_RDONLY | constants.O_NONBLOCK;
/** `O_NONBLOCK`: a FIFO must not keep us waiting for its writer. */
export const forReading = constants.O_RDONLY | constants.O_NONBLOCK;
const forFolder = constants.O_RDONLY | constants.O_DIRECTORY;

type Opener = (path: string, flags: number) => number | Promise<number>;

/**
 * Opens `fullPath`, following no symbolic link anywhere below the (real) root folder it begins with. The kernel
 * refuses a link at the end; one further up shows afterwards, when the open file turns out to be called something
 * else. Checking the file that is already open leaves no moment in which the path could be exchanged.
 * Throws `not_found` for such a path, and the system's own errors.
 */
export async function openContained(
  fullPath: string,
  flags: number,
  opener: Opener = openAsync,
): Promise<number> {
  for (const isLastAttempt of [false, true]) {
    const fd = await opener(fullPath, flags | constants.O_NOFOLLOW);
    try {
      if (isCalled(fd, fullPath)) return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    // It may have been renamed by rights while we opened it: then a second look finds nothing, or what is there now.
    if (isLastAttempt) break;
  }
  throw notFound();
}

function isCalled(fd: number, fullPath: string): boolean {
  if (!hasHandles) return realpathSync.native(fullPath) === fullPath;
  const called = readlinkSync(`${handles}/${fd}`);
  // A new version took the file's place while we opened it: the old one is still a whole answer.
  return called === fullPath || (called === `${fullPath} (deleted)` && fstatSync(fd).nlink === 0);
}

/** The path by which an open file is reached again, wherever it has been moved meanwhile. */
export function handlePath(fd: number, fullPath: string): string {
  return hasHandles ? `${handles}/${fd}` : fullPath;
}

/** For so long others may take part in an open directory; then they see for themselves whether they still may open it. */
const sharedMs = 1000;
const shared = new Map<string, Folder>();

/**
 * An open directory: what is done to its children is done in this very directory, whatever its path leads to now. Those
 * who need the same one at about the same time share it, as when many small files go into one.
 */
export class Folder {
  readonly fd: number;
  /** Its path for system calls. */
  readonly path: string;
  readonly #fullPath: string;
  readonly #openedAt = performance.now();
  #holders = 1;
  #syncing: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;

  private constructor(fd: number, fullPath: string) {
    this.fd = fd;
    this.path = handlePath(fd, fullPath);
    this.#fullPath = fullPath;
  }

  static async open(fullPath: string, opener?: Opener): Promise<Folder> {
    const known = shared.get(fullPath);
    if (known !== undefined && known.#isCurrent()) {
      known.#holders += 1;
      return known;
    }
    const folder = new Folder(await openContained(fullPath, forFolder, opener), fullPath);
    if (hasHandles) shared.set(fullPath, folder);
    return folder;
  }

  /** Whether opening the path now would lead here. */
  #isCurrent(): boolean {
    return (
      performance.now() - this.#openedAt < sharedMs &&
      readlinkSync(`${handles}/${this.fd}`) === this.#fullPath
    );
  }

  child(name: string): string {
    return `${this.path}/${name}`;
  }

  async openFolder(name: string): Promise<Folder> {
    const fd = await openAsync(this.child(name), forFolder | constants.O_NOFOLLOW);
    return new Folder(fd, this.child(name));
  }

  isOnDeviceOf(other: Folder): boolean {
    return fstatSync(this.fd).dev === fstatSync(other.fd).dev;
  }

  /** Resolves when the names that are in this directory now would survive a loss of power. */
  sync(): Promise<void> {
    // One that is under way may have begun too early; the next one is for all who ask meanwhile.
    this.#nextSync ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#nextSync = undefined;
        this.#syncing = syncFolder(this.fd);
        return this.#syncing;
      });
    return this.#nextSync;
  }

  [Symbol.dispose](): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    if (shared.get(this.#fullPath) === this) shared.delete(this.#fullPath);
    closeSync(this.fd);
  }
}

/** Closes without waiting: giving back the blocks of a large file whose last name is gone takes the disk a while. */
export function closeLater(fd: number): void {
  close(fd, () => {});
}

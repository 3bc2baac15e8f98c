import type { Answers } from '../base/answers.ts';
import type { EntryName, PathInRoot } from '../contract/path.ts';

/** A file or a folder as a back end reports it. */
export type StoredEntry = {
  name: EntryName;
  kind: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  size: number;
  modifiedAt: Date;
  /** An opaque word, without quotes, that changes whenever the content does; a strong validator (RFC 9110 8.8.1). */
  etag: string;
  /**
   * What the back end knows the object by while it is renamed, where it knows; undefined elsewhere. The same word
   * after a restart, and another one for a new object at an old path.
   */
  identity?: string;
  /** When its bytes began to be stored (milliseconds since 1970), where the back end knows; moving leaves it alone. */
  bornAt?: number;
};

/** Some children of a directory, as a listing yields them: their kind is known, the rest costs a `stat`. */
export type ListedBatch = {
  directories: EntryName[];
  files: EntryName[];
  /** Children that exist but cannot be shown: symbolic links, devices, names that are not valid Unicode. */
  omitted: number;
};

/** Inclusive first byte, inclusive last byte. */
export type ByteRange = { start: number; end: number };

/** An open file: the entry describes exactly the bytes that follow, whatever happens to the path meanwhile. */
export type OpenFile = {
  entry: StoredEntry;
  /**
   * The bytes of `range` (default: all), once. A chunk is valid until the next one is asked for: a driver may use its
   * buffer again. Throws `unavailable` when fewer bytes come than the entry promised. Ending the iteration early
   * releases what it holds.
   */
  bytes(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Releases the file. Harmless after `bytes` has ended, and a second time. */
  close(): void;
};

export type WriteOptions = {
  /** Fail with `precondition_failed` when something is there already. */
  onlyIfAbsent?: boolean;
  /**
   * With `onlyIfAbsent`: instead of failing, take another name in the same folder, the first that is free of those this
   * answers to 1, 2, …; undefined ends the search. The entry that is answered says which.
   */
  otherName?: (attempt: number) => EntryName | undefined;
  /** Fail with `precondition_failed` unless the file there has one of these etags. */
  ifMatch?: readonly string[];
  modifiedAt?: Date;
  /** Keep what is replaced under this identifier, for `restore`; where that cannot be, it is lost as usual. */
  keepAs?: string;
  signal?: AbortSignal;
};

/** What `write` and its like answer: the file, and whether what it replaced was kept. */
export type WrittenEntry = StoredEntry & { kept?: { bytes: number } };

/** A file of more bytes is better written as they come. */
export const maxWholeBytes = 64 * 1024;

/** A file to store whose bytes lie in memory, `maxWholeBytes` at most. */
export type WholeFile<Path = PathInRoot> = { path: Path; bytes: Uint8Array; options: WriteOptions };

export type RemoveOptions = {
  /** Fail with `precondition_failed` unless the file there has one of these etags. */
  ifMatch?: readonly string[];
  /** Fail with `precondition_failed` when a directory holds anything. */
  onlyIfEmpty?: boolean;
};

/** What a back end can do, as data, so that callers choose without knowing which one it is. */
export type Capabilities = {
  /** Whether `move` is one atomic step, whatever hangs below. */
  atomicMove: boolean;
};

export type Space = { freeBytes: number; totalBytes: number };

/**
 * What every back end provides, and no more: what is the same for all of them lives once, in `Storage`.
 *
 * Guaranteed to the driver: every path is a parsed `PathInRoot` (no `..`, no empty segment, no control character).
 * Guaranteed by the driver: no path reaches outside its root, whatever links lie there; symbolic links, devices and
 * names that are not valid Unicode do not exist to its callers; every error it throws is one that `classify` knows or
 * an `AppError`.
 */
export interface Driver {
  readonly capabilities: Capabilities;

  /** The entry at `path`; throws `not_found`. */
  stat(path: PathInRoot): Promise<StoredEntry>;

  /**
   * The children of a directory, one level, in no order, in batches as the back end hands them out.
   * Throws `not_found`, or `conflict` when `path` is a file.
   */
  list(path: PathInRoot): AsyncIterable<ListedBatch>;

  /**
   * A word that changes whenever a name is added to or taken from the directory, or undefined when the back end
   * cannot say, or cannot say yet because the directory changed an instant ago.
   */
  directoryVersion?(path: PathInRoot): Promise<string | undefined>;

  /** Opens a file for reading. Throws `not_found`, or `conflict` for a directory. */
  open(path: PathInRoot): Promise<OpenFile>;

  /**
   * Stores a file: all or nothing. Until it resolves, the old object stays and readers see it whole; after it
   * resolves, the bytes survive a loss of power. The folder above must exist (`not_found`). Throws `conflict` when a
   * directory stands there.
   */
  write(path: PathInRoot, body: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<WrittenEntry>;

  /** As `write` of each, for many small files. */
  writeMany?(files: readonly WholeFile[]): Promise<Answers<WrittenEntry>>;

  /** Creates one directory; the one above must exist (`not_found`). Throws `precondition_failed` when taken. */
  makeDirectory(path: PathInRoot): Promise<StoredEntry>;

  /**
   * Removes a file, or a directory with all it holds. From the moment it resolves nothing of it is visible; where the
   * back end allows, it disappears in one step and its space is given back afterwards. Throws `not_found`.
   */
  remove(path: PathInRoot, options?: RemoveOptions): Promise<void>;

  /**
   * Puts what `keepAs` kept in the place of the file at `path`, in one step. Throws `precondition_failed` unless that
   * file has the etag `ifMatch`, and `not_found` when what was kept is gone.
   */
  restore?(keptId: string, path: PathInRoot, ifMatch: string): Promise<StoredEntry>;

  /** Forgets what was kept before `before`; answers how many. */
  sweepKept?(before: Date): Promise<number>;

  /**
   * Renames a file or directory within this root. Without `replace`, throws `precondition_failed` when something is
   * at `to`; with it, what was there is removed. Throws `conflict` when one of the two contains the other.
   */
  move?(from: PathInRoot, to: PathInRoot, options?: { replace?: boolean }): Promise<void>;

  /** Copies one file inside the back end, as `write` would store it. */
  copy?(from: PathInRoot, to: PathInRoot, options?: WriteOptions): Promise<StoredEntry>;

  /**
   * A folder on this machine, created on demand, from which `adoptFile` takes a file to `path` without copying its
   * bytes. It belongs to the caller: the driver never lists it, nor sweeps it. Throws `conflict`, with reason
   * `other_volume`, when that could not be done in one step.
   */
  stagingFolder?(path: PathInRoot): string;

  /** As `write`, with a complete file in `stagingFolder` as the body; takes that file away once it is stored. */
  adoptFile?(localPath: string, to: PathInRoot, options?: WriteOptions): Promise<WrittenEntry>;

  /** Room on the volume, where there is such a notion. */
  space?(): Promise<Space>;

  /** Turns the back end's own error into an `AppError`; never lets a path of the disk through. */
  classify(error: unknown): Error;

  /** Removes what crashes left behind, such as temporary files older than `before`; answers how many. */
  sweep?(before: Date): Promise<number>;

  close(): Promise<void>;
}

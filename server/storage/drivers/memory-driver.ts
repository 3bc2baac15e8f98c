import { readFile, rm } from 'node:fs/promises';
import { createIdentifier } from '../../base/identifier.ts';
import { AppError } from '../../contract/app-error.ts';
import { containsPath, reservedName } from '../../contract/path.ts';
import type { PathInRoot } from '../../contract/path.ts';
import type {
  ByteRange,
  Driver,
  ListedBatch,
  OpenFile,
  RemoveOptions,
  StoredEntry,
  WriteOptions,
  WrittenEntry,
} from '../driver.ts';
import { childPath, lastSegment, splitPath } from '../root-path.ts';
import {
  contentChanged,
  folderNotEmpty,
  folderStandsThere,
  intoItself,
  nameTaken,
  notADirectory,
  notFound,
  rangeOutside,
} from '../storage-errors.ts';
import { abortable } from './abortable.ts';

type Node = { bytes?: Uint8Array; modifiedAt: Date; etag: string; identity: string };

/** Keeps everything in memory, for tests: the same promises as the others, without a disk. */
export class MemoryDriver implements Driver {
  readonly capabilities = { atomicMove: true };
  readonly #nodes = new Map<PathInRoot, Node>([['' as PathInRoot, newNode()]]);
  readonly #kept = new Map<string, { node: Node; keptAt: Date }>();
  readonly #versions = new Map<PathInRoot, number>();

  async stat(path: PathInRoot): Promise<StoredEntry> {
    return describe(path, this.#get(path));
  }

  async *list(path: PathInRoot): AsyncGenerator<ListedBatch> {
    this.#getDirectory(path);
    const batch: ListedBatch = { directories: [], files: [], omitted: 0 };
    for (const [child, node] of this.#nodes) {
      if (child === '' || child === reservedName) continue;
      const { parent, name } = splitPath(child);
      if (parent === path) (node.bytes ? batch.files : batch.directories).push(name);
    }
    yield batch;
  }

  async directoryVersion(path: PathInRoot): Promise<string> {
    return `${this.#getDirectory(path).identity}.${this.#versions.get(path) ?? 0}`;
  }

  async open(path: PathInRoot): Promise<OpenFile> {
    const node = this.#get(path);
    if (!node.bytes) throw folderStandsThere();
    return new MemoryFile(describe(path, node), node.bytes);
  }

  /** The path itself, or the first beside it that is free. */
  #freePath(path: PathInRoot, { otherName }: WriteOptions): PathInRoot {
    let candidate = path;
    for (let attempt = 1; otherName && this.#nodes.has(candidate); attempt += 1) {
      const name = otherName(attempt);
      if (name === undefined) throw nameTaken();
      candidate = childPath(splitPath(path).parent, name);
    }
    return candidate;
  }

  async write(
    path: PathInRoot,
    body: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<WrittenEntry> {
    if (!options.otherName) this.#checkTarget(path, options);
    const chunks: Uint8Array[] = [];
    // A copy: the chunk is only valid until the next one.
    for await (const chunk of abortable(body, options.signal)) chunks.push(Uint8Array.from(chunk));
    return this.#put(path, Buffer.concat(chunks), options);
  }

  async copy(from: PathInRoot, to: PathInRoot, options: WriteOptions = {}): Promise<StoredEntry> {
    const { bytes } = this.#get(from);
    if (!bytes) throw folderStandsThere();
    return this.#put(to, bytes, options);
  }

  async adoptFile(localPath: string, to: PathInRoot, options: WriteOptions = {}): Promise<WrittenEntry> {
    const entry = this.#put(to, await readFile(localPath), options);
    await rm(localPath);
    return entry;
  }

  async makeDirectory(path: PathInRoot): Promise<StoredEntry> {
    this.#requireParent(path);
    if (this.#nodes.has(path)) throw nameTaken();
    return describe(path, this.#set(path, newNode()));
  }

  async remove(path: PathInRoot, { ifMatch, onlyIfEmpty }: RemoveOptions = {}): Promise<void> {
    splitPath(path);
    const { etag } = this.#get(path);
    if (ifMatch && !ifMatch.includes(etag)) throw contentChanged();
    const isAbove = (other: PathInRoot) => other !== path && containsPath(path, other);
    if (onlyIfEmpty && [...this.#nodes.keys()].some(isAbove)) throw folderNotEmpty();
    this.#drop(path);
  }

  async move(from: PathInRoot, to: PathInRoot, { replace = false } = {}): Promise<void> {
    splitPath(from);
    this.#get(from);
    this.#requireParent(to);
    if (this.#nodes.has(to) && !replace) throw nameTaken();
    if (from === to) return;
    if (containsPath(from, to) || containsPath(to, from)) throw intoItself();
    this.#drop(to);
    const moved = [...this.#nodes].filter(([path]) => containsPath(from, path));
    this.#drop(from);
    for (const [path, node] of moved) this.#set(`${to}${path.slice(from.length)}` as PathInRoot, node);
  }

  async restore(keptId: string, path: PathInRoot, ifMatch: string): Promise<StoredEntry> {
    const kept = this.#kept.get(keptId);
    if (!kept) throw notFound();
    this.#checkTarget(path, { ifMatch: [ifMatch] });
    this.#kept.delete(keptId);
    return describe(path, this.#set(path, { ...kept.node, etag: createIdentifier() }));
  }

  async sweepKept(before: Date): Promise<number> {
    const old = [...this.#kept].filter(([, { keptAt }]) => keptAt < before);
    for (const [id] of old) this.#kept.delete(id);
    return old.length;
  }

  classify(error: unknown): Error {
    return error instanceof Error
      ? error
      : new AppError('internal', 'Something went wrong.', { cause: error });
  }

  async close(): Promise<void> {}

  #get(path: PathInRoot): Node {
    const node = this.#nodes.get(path);
    if (!node) throw notFound();
    return node;
  }

  #getDirectory(path: PathInRoot): Node {
    const node = this.#get(path);
    if (node.bytes) throw notADirectory();
    return node;
  }

  #requireParent(path: PathInRoot): void {
    if (this.#get(splitPath(path).parent).bytes) throw notFound();
  }

  #checkTarget(path: PathInRoot, { onlyIfAbsent, ifMatch }: WriteOptions): void {
    this.#requireParent(path);
    const old = this.#nodes.get(path);
    if (old && onlyIfAbsent) throw nameTaken();
    if (old && !old.bytes) throw folderStandsThere();
    if (ifMatch && !(old && ifMatch.includes(old.etag))) {
      throw contentChanged();
    }
  }

  #put(wish: PathInRoot, bytes: Uint8Array, options: WriteOptions): WrittenEntry {
    const path = this.#freePath(wish, options);
    this.#checkTarget(path, options);
    options.signal?.throwIfAborted();
    const old = options.keepAs === undefined ? undefined : this.#nodes.get(path);
    if (old && options.keepAs !== undefined)
      this.#kept.set(options.keepAs, { node: old, keptAt: new Date() });
    const entry = describe(path, this.#set(path, { ...newNode(options.modifiedAt), bytes }));
    return { ...entry, ...(old?.bytes && { kept: { bytes: old.bytes.byteLength } }) };
  }

  #set(path: PathInRoot, node: Node): Node {
    this.#nodes.set(path, node);
    this.#touchParent(path);
    return node;
  }

  #drop(top: PathInRoot): void {
    for (const path of [...this.#nodes.keys()]) if (containsPath(top, path)) this.#nodes.delete(path);
    this.#touchParent(top);
  }

  #touchParent(path: PathInRoot): void {
    const { parent } = splitPath(path);
    this.#versions.set(parent, (this.#versions.get(parent) ?? 0) + 1);
  }
}

class MemoryFile implements OpenFile {
  readonly entry: StoredEntry;
  readonly #content: Uint8Array;

  constructor(entry: StoredEntry, content: Uint8Array) {
    this.entry = entry;
    this.#content = content;
  }

  async *bytes(
    { start, end }: ByteRange = { start: 0, end: this.entry.size - 1 },
  ): AsyncGenerator<Uint8Array> {
    if (start < 0 || end >= this.entry.size) throw rangeOutside();
    if (end >= start) yield this.#content.slice(start, end + 1);
  }

  close(): void {}
}

function newNode(modifiedAt = new Date()): Node {
  return { modifiedAt, etag: createIdentifier(), identity: createIdentifier() };
}

function describe(path: PathInRoot, { bytes, modifiedAt, etag, identity }: Node): StoredEntry {
  const kind = bytes ? 'file' : 'directory';
  return { name: lastSegment(path), kind, size: bytes?.byteLength ?? 0, modifiedAt, etag, identity };
}

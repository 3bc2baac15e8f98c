import { AppError, hasCode } from '../contract/app-error.ts';
import { includesLevel, type Level } from '../contract/level.ts';
import {
  joinPath,
  isRoot,
  nameOf,
  numberedName,
  parentOf,
  rootOf,
  type EntryName,
  type EntryPath,
} from '../contract/path.ts';
import type { ListQuery, OnConflict, RemovalSummary } from '../contract/schemas.ts';
import { answerPrepared, isError, orThrow, type Answers } from '../base/answers.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Actor, SignedInUser, UserActor } from '../access/actor.ts';
import type { OpenFile, StoredEntry, WrittenEntry } from '../storage/driver.ts';
import type { CountedStorage, PutTerms } from './counted-storage.ts';
import type { ChangeJournal } from './change-journal.ts';
import { noStanding, type Quotas } from './quotas.ts';
import type { DropEntriesRepository } from './drop-entries-repository.ts';
import type { ChecksumsRepository, VersionChecksums } from './checksums-repository.ts';
import { sortEntries } from './entry-order.ts';
import { checkWhole, CheckedBytes, fileTooLarge, type ExpectedBytes } from './checked-bytes.ts';

export { maxWholeBytes } from '../storage/driver.ts';
export type { OpenFile, StoredEntry };

/** An entry together with where it is and what the caller may do with it. */
export type FileEntry = StoredEntry & { path: EntryPath; level: Level };

export type FilePage = { items: FileEntry[]; next: string | null; total: number; omitted: number };

export type RootEntry = {
  path: EntryPath;
  name: EntryName;
  kind: 'home' | 'mount';
  level: Level;
  freeBytes: number | null;
  totalBytes: number | null;
  quotaBytes: number | null;
  usedBytes: number | null;
  /** What may still be stored; null where the back end has no such notion. */
  availableBytes: number | null;
  maxFileBytes: number;
};

/** What must hold of the place where a file is put, and what to do when something is there. */
export type PutOptions = {
  /** `fail` (`precondition_failed`, reason `exists`), `rename` to a free numbered name, or `replace`. */
  onConflict: OnConflict;
  /** Replace only a file with one of these etags; `precondition_failed` otherwise. */
  ifMatch?: readonly string[] | undefined;
  modifiedAt?: Date | undefined;
  /** The drop that the file is a part of, so that it can be undone. */
  drop?: string | undefined;
  signal?: AbortSignal | undefined;
};
export type WriteFileOptions = PutOptions & {
  /** What the bytes must be; others are not stored (`invalid`, reason `digest_mismatch` or `wrong_size`). */
  expected?: ExpectedBytes | undefined;
};
/** A small file whose bytes lie in memory. */
export type WholeFileWrite = WriteFileOptions & { path: EntryPath; bytes: Uint8Array };
/** A file that was just stored, and the SHA-256 of its bytes in hexadecimal. */
export type StoredFile = FileEntry & { sha256: string };
/** A file in its place, and under which identifier the version that it replaced is kept. */
type PutEntry = FileEntry & { kept?: { id: string; bytes: number } | undefined };

/** One that was just put there, the SHA-256 of its bytes where it is known, and the drop that it is a part of. */
type NewPut = { entry: PutEntry; sha256?: string | undefined; drop: string | undefined };
type HashedPut = NewPut & { sha256: string };
/** Where a file is put, by someone who may, and on which terms. */
type PutPlace = { path: EntryPath; level: Level; terms: PutTerms };

/** How many numbered names are tried before giving up. */
const maxNumber = 10_000;
/** A row about a file and the file itself are made within this time of each other. */
const birthMs = 1000;

type Dependencies = {
  access: AccessControl;
  storage: CountedStorage;
  quotas: Quotas;
  journal: ChangeJournal;
  audit: AuditLog;
  checksums: ChecksumsRepository;
  dropEntries: DropEntriesRepository;
  clock: Clock;
  maxFileBytes: number;
  reservedBytes: number;
};

/** Where access meets storage: nothing reaches a byte but through here, and nothing here forgets to ask. */
export class FilesService {
  readonly #access: AccessControl;
  readonly #storage: CountedStorage;
  readonly #quotas: Quotas;
  readonly #journal: ChangeJournal;
  readonly #audit: AuditLog;
  readonly #checksums: ChecksumsRepository;
  readonly #dropEntries: DropEntriesRepository;
  readonly #clock: Clock;
  readonly #maxFileBytes: number;
  readonly #reservedBytes: number;

  constructor({
    access,
    storage,
    quotas,
    journal,
    audit,
    checksums,
    dropEntries,
    clock,
    maxFileBytes,
    reservedBytes,
  }: Dependencies) {
    this.#checksums = checksums;
    this.#dropEntries = dropEntries;
    this.#clock = clock;
    this.#access = access;
    this.#storage = storage;
    this.#quotas = quotas;
    this.#journal = journal;
    this.#audit = audit;
    this.#maxFileBytes = maxFileBytes;
    this.#reservedBytes = reservedBytes;
  }

  async stat(actor: Actor, path: EntryPath, need: Level = 'list'): Promise<FileEntry> {
    const level = await this.#access.require(actor, path, need);
    return { ...(await this.#storage.stat(path)), path, level };
  }

  /** The roots that a user can see, their home first. */
  async listRoots(actor: UserActor): Promise<RootEntry[]> {
    const granted = await this.#access.grantedRoots(actor);
    const names = new Set([actor.name, ...this.#storage.mountNames(), ...granted] as EntryName[]);
    const roots: RootEntry[] = [];
    for (const name of names) {
      const path = name as string as EntryPath;
      const level = await this.#access.levelOn(actor, path);
      if (!level) continue;
      const space = await this.#storage.space(name).catch(() => undefined);
      // How full it is tells what is done there, of which one who may only pass through sees nothing.
      const { quotaBytes, usedBytes, restBytes } = includesLevel(level, 'read')
        ? await this.#quotas.standing(name)
        : noStanding;
      const unreserved = space ? Math.max(0, space.freeBytes - this.#reservedBytes) : null;
      roots.push({
        path,
        name,
        kind: this.#storage.isMount(name) ? 'mount' : 'home',
        level,
        freeBytes: space?.freeBytes ?? null,
        totalBytes: space?.totalBytes ?? null,
        quotaBytes,
        usedBytes,
        availableBytes: restBytes === null ? unreserved : Math.min(restBytes, unreserved ?? restBytes),
        maxFileBytes: this.#maxFileBytes,
      });
    }
    return roots;
  }

  /** The entry and, for a folder, one page of those of its children that the actor may see. */
  async list(
    actor: Actor,
    path: EntryPath,
    query: ListQuery,
  ): Promise<{ entry: FileEntry; children?: FilePage }> {
    const view = await this.#access.requireView(actor, path);
    const entry: FileEntry = { ...(await this.#storage.stat(path)), path, level: view.level };
    if (entry.kind === 'file') return { entry };

    const page = view.visibleNames
      ? await this.#listVisible(path, [...view.visibleNames] as EntryName[], query)
      : await this.#storage.list(path, query);
    const items = page.items.map((child) => ({
      ...child,
      path: joinPath(path, child.name),
      level: view.childLevel(child.name) ?? view.level,
    }));
    return { entry, children: { ...page, items } };
  }

  /** The few children of a folder that is only passed through, as one page. */
  async #listVisible(path: EntryPath, names: EntryName[], query: ListQuery) {
    const filter = query.filter?.toLowerCase() ?? '';
    const found = await Promise.all(
      names
        .filter((name) => name.toLowerCase().includes(filter))
        .map((name) => this.#storage.find(joinPath(path, name))),
    );
    const items = sortEntries(
      found.filter((entry) => entry !== undefined),
      query,
    );
    return { items, next: null, total: items.length, omitted: 0 };
  }

  /** Opens a file for reading. The caller iterates `bytes` or calls `close`. */
  async open(actor: Actor, path: EntryPath): Promise<OpenFile> {
    await this.#access.require(actor, path, 'read');
    return this.#storage.open(path);
  }

  /** Everything at and below `path`, folders before what they hold. */
  async *walk(actor: Actor, path: EntryPath, signal?: AbortSignal) {
    await this.#access.require(actor, path, 'read');
    yield* this.#storage.walk(path, { signal });
  }

  /** How much `path` holds in all. */
  async measure(actor: Actor, path: EntryPath, signal?: AbortSignal): Promise<RemovalSummary> {
    const summary = { files: 0, directories: 0, bytes: 0 };
    for await (const { entry } of this.walk(actor, path, signal)) {
      if (entry.kind === 'directory') summary.directories += 1;
      else summary.files += 1;
      summary.bytes += entry.kind === 'file' ? entry.size : 0;
    }
    return summary;
  }

  /**
   * Throws early, before a body is read, when a file of `bytes` could not be stored at `path`: no right to, no folder
   * to hold it, `too_large`, or `out_of_space`. Of a file whose size is not known, only that there is room at all.
   */
  async requireRoom(actor: Actor, path: EntryPath, bytes: number | undefined): Promise<void> {
    await this.#access.requireStoring(actor, path);
    const parent = requireParent(path);
    const holder = await this.#storage.stat(parent).catch((error: unknown) => {
      throw hasCode(error, 'not_found') ? noFolder(error) : error;
    });
    if (holder.kind !== 'directory')
      throw new AppError('conflict', `"${holder.name}" is a file, not a folder.`);
    if (bytes !== undefined && bytes > this.#maxFileBytes) throw fileTooLarge(this.#maxFileBytes);
    await this.requireSpace(path, bytes ?? 0);
    if ((await this.#quotas.limitOf(rootOf(path))) === null) return;
    await this.#quotas.requireRoom(rootOf(path), (bytes ?? 1) - (await this.#storage.fileBytes(path)));
  }

  /** Throws `out_of_space` when the volume of `path`, or its root's quota, has no room for new files of `bytes`. */
  async requireSpaceForNew(path: EntryPath, bytes: number): Promise<void> {
    await this.requireSpace(path, bytes);
    await this.#quotas.requireRoom(rootOf(path), bytes);
  }

  /** The same of the volume alone. */
  async requireSpace(path: EntryPath, bytes: number): Promise<void> {
    const space = await this.#storage.space(rootOf(path));
    if (!space || bytes <= space.freeBytes - this.#reservedBytes) return;
    throw new AppError(
      'out_of_space',
      'There is not enough free space for this. Delete something, or ask the administrator for more.',
      { reason: 'volume' },
    );
  }

  /** Keeps room for a file that comes in many requests, until it is adopted or `releaseRoom`. */
  async promiseRoom(
    id: string,
    path: EntryPath,
    { size, replaces }: { size: number; replaces: boolean },
  ): Promise<void> {
    if ((await this.#quotas.limitOf(rootOf(path))) === null) return;
    const replaced = replaces ? await this.#storage.fileBytes(path) : 0;
    await this.#quotas.promiseUpload({ id, root: rootOf(path), bytes: size - replaced });
  }

  async releaseRoom(id: string, path: EntryPath): Promise<void> {
    if ((await this.#quotas.limitOf(rootOf(path))) !== null) await this.#quotas.release(id);
  }

  /** Stores a file whole and answers where it went: with `rename` that may be a numbered name. */
  async write(
    actor: Actor,
    path: EntryPath,
    body: AsyncIterable<Uint8Array>,
    { expected = {}, ...options }: WriteFileOptions,
  ): Promise<StoredFile> {
    const bytes = new CheckedBytes(body, expected, this.#maxFileBytes);
    const entry = await this.#put(actor, path, options, (target, storeOptions) =>
      this.#storage.write(target, bytes, { ...storeOptions, size: expected.size }),
    );
    const { sha256 } = bytes;
    await this.#noteStored(actor, [{ entry, sha256, drop: options.drop }]);
    return { ...entry, sha256 };
  }

  /** As `write` of each, for many small files. */
  async writeMany(actor: Actor, files: readonly WholeFileWrite[]): Promise<Answers<StoredFile>> {
    const levels = await this.#access.requireStoringEach(
      actor,
      files.map(({ path }) => path),
    );
    return answerPrepared(
      files,
      (file, index) => {
        const level = orThrow(levels[index]!);
        const { bytes, expected = {}, drop } = file;
        const place = placeAt(actor, level, file.path, file);
        return { place, bytes, sha256: checkWhole(bytes, expected, this.#maxFileBytes), drop };
      },
      async (puts) => {
        const written = await this.#storage.writeMany(
          puts.map(({ place: { path, terms }, bytes }) => ({ path, bytes, options: terms })),
        );
        const placed = written.map((answer, index): HashedPut | Error => {
          const { place, sha256, drop } = puts[index]!;
          return isError(answer) ? whyNotPut(answer, place) : { entry: entryAt(place, answer), sha256, drop };
        });
        await this.#noteStored(
          actor,
          placed.filter((put): put is HashedPut => !isError(put)),
        );
        return placed.map((put) => (isError(put) ? put : storedFileOf(put)));
      },
    );
  }

  /** The folder on this machine whose complete files `adopt` takes to `path` without copying. */
  stagingFolder(path: EntryPath): string | undefined {
    return this.#storage.stagingFolder(path);
  }

  /**
   * As `write`, with a complete local file as the body, whose room was promised. Who knows its SHA-256 only later tells it
   * to `noteChecksums`.
   */
  async adopt(
    actor: Actor,
    path: EntryPath,
    localPath: string,
    {
      sha256,
      size,
      promise,
      ...options
    }: PutOptions & { sha256: string | undefined; size: number; promise: string },
  ): Promise<FileEntry> {
    const entry = await this.#put(actor, path, options, (target, storeOptions) =>
      this.#storage.adopt(target, localPath, { ...storeOptions, size, promise }),
    );
    await this.#noteStored(actor, [{ entry, sha256, drop: options.drop }]);
    return entry;
  }

  /** What was found out of a version of a file; of one that is not there any more, nothing is kept. */
  async noteChecksums(checksums: VersionChecksums): Promise<void> {
    const entry = await this.#storage.find(checksums.path);
    if (entry?.etag === checksums.etag) await this.#checksums.put(checksums);
  }

  async #noteStored(actor: Actor, puts: readonly NewPut[]): Promise<void> {
    if (puts.length === 0) return;
    const checksums = puts.flatMap(({ entry: { path, etag }, sha256 }) =>
      sha256 === undefined ? [] : { path, etag, sha256 },
    );
    await Promise.all([this.#checksums.put(...checksums), this.#noteDropped(actor, puts)]);
  }

  async #noteDropped(actor: Actor, puts: readonly Pick<NewPut, 'entry' | 'drop'>[]): Promise<void> {
    if (actor.kind !== 'user') return;
    const now = this.#clock().getTime();
    const rows = puts.flatMap(({ entry: { path, kind, etag, kept }, drop }) =>
      drop === undefined
        ? []
        : {
            id: createIdentifier(),
            user_id: actor.id,
            drop_id: drop,
            path,
            kind,
            etag,
            kept_id: kept?.id ?? null,
            kept_root: kept ? rootOf(path) : null,
            kept_bytes: kept?.bytes ?? 0,
            created_at: now,
          },
    );
    if (rows.length > 0) await this.#dropEntries.add(...rows);
  }

  /**
   * Where a file of `size` bytes that began to be stored at `bornAt` is, of the places that `adopt` may have given it;
   * for who has lost its answer.
   */
  async findAdopted(
    path: EntryPath,
    { onConflict, size, bornAt }: { onConflict: OnConflict; size: number; bornAt: number },
  ): Promise<EntryPath | undefined> {
    for (let number = 1; number <= (onConflict === 'rename' ? maxNumber : 1); number += 1) {
      const target = number === 1 ? path : joinPath(requireParent(path), numberedName(nameOf(path), number));
      const entry = await this.#storage.find(target);
      if (!entry) return undefined;
      const isAlike = entry.kind === 'file' && entry.size === size && entry.bornAt !== undefined;
      if (isAlike && Math.abs(entry.bornAt! - bornAt) < birthMs) return target;
    }
    return undefined;
  }

  async #put(
    actor: Actor,
    path: EntryPath,
    options: PutOptions,
    store: (target: EntryPath, options: PutTerms) => Promise<WrittenEntry>,
  ): Promise<PutEntry> {
    const place = placeAt(actor, await this.#access.requireStoring(actor, path), path, options);
    try {
      return entryAt(place, await store(path, place.terms));
    } catch (error) {
      throw whyNotPut(error, place);
    }
  }

  /** A path in `parent` that nothing has, counted up from `number`: `name (2)`, `name (3)`, … */
  async freeName(parent: EntryPath, name: EntryName, number = 2): Promise<EntryPath> {
    for (; number <= maxNumber; number += 1) {
      const candidate = joinPath(parent, numberedName(name, number));
      if (!(await this.exists(candidate))) return candidate;
    }
    throw taken('conflict', name);
  }

  /** Whether something is there; asks no permission, so only for paths that were let through. */
  async exists(path: EntryPath): Promise<boolean> {
    return (await this.#storage.find(path)) !== undefined;
  }

  /** Creates a folder; one that is there already is answered as it is. */
  async makeDirectory(
    actor: Actor,
    path: EntryPath,
    drop?: string,
  ): Promise<{ entry: FileEntry; isNew: boolean }> {
    const level = await this.#access.requireStoring(actor, path);
    requireParent(path);
    try {
      const entry = { ...(await this.#storage.makeDirectory(path)), path, level };
      await this.#noteDropped(actor, [{ entry, drop }]);
      return { entry, isNew: true };
    } catch (error) {
      if (hasCode(error, 'not_found')) throw noFolder(error);
      if (!hasCode(error, 'precondition_failed')) throw error;
      const existing = await this.#storage.find(path);
      if (existing?.kind !== 'directory') throw taken('conflict', nameOf(path));
      return { entry: { ...existing, path, level }, isNew: false };
    }
  }

  /** Creates a folder and those above it that are missing. */
  async makeDirectories(actor: Actor, path: EntryPath, drop?: string): Promise<void> {
    await this.#access.requireStoring(actor, path);
    const missing: EntryPath[] = [];
    for (let folder: EntryPath | undefined = path; folder && !isRoot(folder); folder = parentOf(folder)) {
      if (await this.exists(folder)) break;
      missing.push(folder);
    }
    for (const folder of missing.reverse()) await this.makeDirectory(actor, folder, drop);
  }

  /** Deletes a file or a whole folder. Links on it, and grants, end in the same step. */
  async remove(actor: SignedInUser, path: EntryPath): Promise<void> {
    await this.#access.require(actor, path, 'write');
    requireParent(path);
    const { kind } = await this.#storage.stat(path);
    const told = this.#audit.describe(actor, { action: 'entry.delete', path, detail: { kind } });
    await this.#journal.record(path, null, () => this.#storage.remove(path), told);
  }
}

/** On which terms something is put at `path`, where the actor has this level. */
function placeAt(
  actor: Actor,
  level: Level,
  path: EntryPath,
  { onConflict, ifMatch, modifiedAt, drop, signal }: PutOptions,
): PutPlace {
  if (actor.kind === 'drop' && onConflict !== 'rename')
    throw new AppError('internal', 'What is sent by a link never replaces or asks.');
  requireParent(path);
  const terms: PutTerms = {};
  if (ifMatch) terms.ifMatch = ifMatch;
  if (modifiedAt) terms.modifiedAt = modifiedAt;
  if (signal) terms.signal = signal;
  if (onConflict !== 'replace') terms.onlyIfAbsent = true;
  else if (drop !== undefined) terms.keepAs = createIdentifier();
  if (onConflict === 'rename') {
    terms.otherName = (attempt) =>
      attempt < maxNumber ? numberedName(nameOf(path), attempt + 1) : undefined;
  }
  return { path, level, terms };
}

function entryAt({ path, level, terms }: PutPlace, written: WrittenEntry): PutEntry {
  const { kept } = written;
  return {
    ...written,
    path: joinPath(requireParent(path), written.name),
    level,
    kept: kept && { id: terms.keepAs!, ...kept },
  };
}

function storedFileOf({ entry, sha256 }: HashedPut): StoredFile {
  return { ...entry, sha256 };
}

function whyNotPut(error: unknown, { path, terms }: PutPlace): Error {
  return terms.onlyIfAbsent && hasCode(error, 'precondition_failed', 'conflict')
    ? taken('precondition_failed', nameOf(path))
    : (error as Error);
}

function requireParent(path: EntryPath): EntryPath {
  const parent = parentOf(path);
  if (!parent || isRoot(path))
    throw new AppError('invalid', 'This is a root itself; it cannot be changed here.', { reason: 'is_root' });
  return parent;
}

/** Something has the name already. */
export function taken(code: 'conflict' | 'precondition_failed', name: EntryName): AppError {
  return new AppError(code, `There is a "${name}" here already.`, { reason: 'exists' });
}

function noFolder(cause: unknown): AppError {
  return new AppError('not_found', 'The folder that should hold this does not exist.', {
    reason: 'no_folder',
    cause,
  });
}

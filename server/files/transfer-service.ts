import { AppError, hasCode } from '../contract/app-error.ts';
import { containsPath, joinPath, nameOf, parentOf, type EntryPath } from '../contract/path.ts';
import type { OnConflict } from '../contract/schemas.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { Actor } from '../access/actor.ts';
import type { StoredEntry } from '../storage/driver.ts';
import type { Storage } from '../storage/storage.ts';
import type { ChangeJournal } from './change-journal.ts';
import type { ChecksumsRepository } from './checksums-repository.ts';
import { taken, type FilesService } from './files-service.ts';

export type TransferRequest = {
  from: readonly EntryPath[];
  to: EntryPath;
  onConflict: OnConflict;
  /** true: `to` is the folder to put things in; false: the new path itself; undefined: as `mv` decides. */
  into?: boolean | undefined;
};
export type TransferOutcome = { from: EntryPath; to?: EntryPath; error?: AppError };
type Verb = 'move' | 'copy';

type Dependencies = {
  access: AccessControl;
  storage: Storage;
  journal: ChangeJournal;
  files: FilesService;
  checksums: ChecksumsRepository;
};

/** Moves, renames and copies. Both ends are asked for permission; links and grants go along with what moves. */
export class TransferService {
  readonly #access: AccessControl;
  readonly #storage: Storage;
  readonly #journal: ChangeJournal;
  readonly #files: FilesService;
  readonly #checksums: ChecksumsRepository;

  constructor({ access, storage, journal, files, checksums }: Dependencies) {
    this.#checksums = checksums;
    this.#access = access;
    this.#storage = storage;
    this.#journal = journal;
    this.#files = files;
  }

  /** One outcome an item, in order: what fails leaves the others to go on. */
  async transfer(actor: Actor, verb: Verb, request: TransferRequest): Promise<TransferOutcome[]> {
    const folder = await this.#targetFolder(actor, request);
    const outcomes: TransferOutcome[] = [];
    const placed = new Set<EntryPath>();
    for (const from of request.from) {
      const to = folder ? joinPath(folder, nameOf(from)) : request.to;
      // To replace what is there does not mean what this very request has put there.
      const onConflict = placed.has(to) && request.onConflict === 'replace' ? 'fail' : request.onConflict;
      try {
        outcomes.push({ from, to: await this.#transferOne(actor, verb, from, to, onConflict) });
        placed.add(to);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        outcomes.push({ from, error });
      }
    }
    return outcomes;
  }

  /** The folder that the items go into, or undefined when the one item takes the path `to` itself. */
  async #targetFolder(actor: Actor, { from, to, into }: TransferRequest): Promise<EntryPath | undefined> {
    await this.#access.require(actor, to, 'write');
    const target = await this.#storage.find(to);
    const isFolder = into ?? (target?.kind === 'directory' && !(from.length === 1 && from[0] === to));
    if (!isFolder) {
      if (from.length > 1) throw new AppError('invalid', 'Several items need a folder to go to.');
      return undefined;
    }
    if (target?.kind !== 'directory') {
      throw new AppError(target ? 'conflict' : 'not_found', 'The folder to put this in does not exist.', {
        reason: 'no_folder',
      });
    }
    return to;
  }

  async #transferOne(
    actor: Actor,
    verb: Verb,
    from: EntryPath,
    to: EntryPath,
    onConflict: OnConflict,
  ): Promise<EntryPath> {
    await this.#access.require(actor, from, verb === 'move' ? 'write' : 'read');
    await this.#access.require(actor, to, 'write');
    const targetParent = parentOf(to);
    if (!parentOf(from) || !targetParent) {
      throw new AppError('invalid', 'A root itself cannot be moved, copied or replaced.', {
        reason: 'is_root',
      });
    }
    const source = await this.#storage.stat(from);
    if (from !== to && (containsPath(from, to) || (containsPath(to, from) && onConflict === 'replace'))) {
      throw new AppError(
        'conflict',
        source.kind === 'file'
          ? 'A file cannot go below itself, nor take the place of its folder.'
          : 'A folder cannot go into itself.',
        { reason: 'into_itself' },
      );
    }
    const target = await this.#storage.find(to);
    if (!target) {
      await this.#place(verb, from, to, false);
      return to;
    }
    if (onConflict === 'rename') {
      const free = await this.#files.freeName(targetParent, nameOf(to));
      await this.#place(verb, from, free, false);
      return free;
    }
    if (onConflict === 'fail') throw taken('conflict', nameOf(to));
    if (from === to) {
      const what = source.kind === 'file' ? 'file' : 'folder';
      throw new AppError('conflict', `Both are the same ${what}.`, { reason: 'same' });
    }
    await this.#replace(verb, from, to, source, target);
    return to;
  }

  /** A file takes the place of a file; a folder is merged into a folder, its files replacing their namesakes. */
  async #replace(
    verb: Verb,
    from: EntryPath,
    to: EntryPath,
    source: StoredEntry,
    target: StoredEntry,
  ): Promise<void> {
    if (source.kind !== target.kind) {
      const [what, by] = target.kind === 'file' ? ['file', 'folder'] : ['folder', 'file'];
      throw new AppError('conflict', `A ${what} cannot be replaced by a ${by}.`, { reason: 'other_kind' });
    }
    if (source.kind === 'file') return this.#place(verb, from, to, true);

    const pending: { from: EntryPath; to: EntryPath }[] = [{ from, to }];
    for (let pair = pending.pop(); pair; pair = pending.pop()) {
      for await (const child of this.#storage.children(pair.from)) {
        const childFrom = joinPath(pair.from, child.name);
        const childTo = joinPath(pair.to, child.name);
        const twin = await this.#storage.find(childTo);
        if (!twin) await this.#place(verb, childFrom, childTo, false);
        else if (twin.kind !== child.kind) throw taken('conflict', child.name);
        else if (child.kind === 'file') await this.#place(verb, childFrom, childTo, true);
        else pending.push({ from: childFrom, to: childTo });
      }
    }
    if (verb === 'move') await this.#dissolve(from);
  }

  /**
   * Takes away what is left of a folder whose content was merged away. Its links and grants end: on the folder that it
   * became a part of, they would open what was there before.
   */
  async #dissolve(from: EntryPath): Promise<void> {
    for await (const { entry } of this.#storage.walk(from, {})) {
      if (entry.kind === 'file') {
        throw new AppError(
          'conflict',
          'Something new came into the folder while it was moved. Move it again.',
        );
      }
    }
    await this.#journal.record(from, null, () => this.#storage.remove(from));
  }

  /** A file keeps its checksums, though to be renamed gives it another etag. */
  async #move(from: EntryPath, to: EntryPath, replace: boolean): Promise<void> {
    const old = await this.#storage.stat(from);
    const known = old.kind === 'file' ? await this.#checksums.find(from, old.etag) : undefined;
    await this.#journal.record(from, to, () => this.#storage.move(from, to, { replace }));
    const moved = known === undefined ? undefined : await this.#storage.find(to);
    if (moved && known !== undefined && isSameContent(old, moved)) {
      await this.#checksums.put({ path: to, etag: moved.etag, ...known });
    }
  }

  async #place(verb: Verb, from: EntryPath, to: EntryPath, replace: boolean): Promise<void> {
    try {
      if (verb === 'copy') await this.#storage.copy(from, to, { replace });
      else await this.#move(from, to, replace);
    } catch (error) {
      throw hasCode(error, 'precondition_failed') ? taken('conflict', nameOf(to)) : error;
    }
  }
}

/** Whether nobody has written to the file between two looks at it. */
function isSameContent(one: StoredEntry, other: StoredEntry): boolean {
  return (
    one.identity !== undefined &&
    one.identity === other.identity &&
    one.size === other.size &&
    one.modifiedAt.getTime() === other.modifiedAt.getTime()
  );
}

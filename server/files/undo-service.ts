import { AppError, hasCode } from '../contract/app-error.ts';
import { maxUndoneEntries } from '../contract/limits.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { SignedInUser, UserActor } from '../access/actor.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { CountedStorage } from './counted-storage.ts';
import type { ChangeJournal } from './change-journal.ts';
import type { DropEntriesRepository, DropEntryRow, DropKey } from './drop-entries-repository.ts';

/**
 * `removed`: what was added is gone again. `restored`: what was replaced is back. Left alone: `changed` since, or
 * `not_empty` any more; `gone` already; `failed` with an error.
 */
export type UndoOutcome = {
  path: EntryPath;
  kind: 'file' | 'directory';
  outcome: 'removed' | 'restored' | 'changed' | 'not_empty' | 'gone' | 'failed';
  error?: AppError;
};

type Dependencies = {
  access: AccessControl;
  storage: CountedStorage;
  journal: ChangeJournal;
  audit: AuditLog;
  entries: DropEntriesRepository;
  clock: Clock;
  /** For how long a drop can be undone. */
  lifeMs: number;
};

/** Takes back what one drop of files added, and puts back what it replaced, as far as nobody has changed it since. */
export class UndoService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** What can be undone of a drop, and until when. Throws `not_found` when there is nothing. */
  async describe(actor: UserActor, dropId: string) {
    const { beganAt, ...counts } = await this.#with.entries.summarize(this.#keyOf(actor, dropId));
    if (beganAt === null) throw nothingToUndo();
    return { ...counts, undoableUntil: new Date(Number(beganAt) + this.#with.lifeMs) };
  }

  /**
   * Undoes at most `maxUndoneEntries` entries and answers how many are left. What is done is struck out at once, so that
   * after a crash the rest can be asked for.
   */
  async undo(actor: SignedInUser, dropId: string): Promise<{ items: UndoOutcome[]; remaining: number }> {
    const key = this.#keyOf(actor, dropId);
    const rows = await this.#with.entries.page(key, maxUndoneEntries);
    if (rows.length === 0) throw nothingToUndo();
    const items: UndoOutcome[] = [];
    const restored = new Map<EntryPath, string>();
    for (const { ...row } of rows) {
      row.etag = restored.get(row.path) ?? row.etag;
      const { etag, ...outcome } = await this.#undoOne(actor, row);
      if (etag !== undefined) restored.set(row.path, etag);
      items.push({ path: row.path, kind: row.kind, ...outcome });
      await this.#with.entries.remove(row.id);
    }
    const { files, folders } = await this.#with.entries.summarize(key);
    return { items, remaining: Number(files) + Number(folders) };
  }

  /** `etag` is that of the version that is back. */
  async #undoOne(
    actor: SignedInUser,
    row: DropEntryRow,
  ): Promise<Omit<UndoOutcome, 'path' | 'kind'> & { etag?: string }> {
    const { access, storage } = this.#with;
    const { path, kind, etag } = row;
    try {
      await access.require(actor, path, 'write');
      const entry = await storage.find(path);
      if (!entry) return { outcome: 'gone' };
      if (entry.kind !== kind) return { outcome: 'changed' };
      if (kind === 'directory') await this.#remove(actor, path, { onlyIfEmpty: true });
      else if (entry.etag !== etag) return { outcome: 'changed' };
      else if (row.kept_id === null) await this.#remove(actor, path, { ifMatch: [etag] });
      else {
        const root = row.kept_root as EntryName;
        const restored = await storage.restore({ id: row.kept_id, root, bytes: row.kept_bytes }, path, etag);
        await this.#with.entries.setEtag(row, restored.etag);
        return { outcome: 'restored', etag: restored.etag };
      }
      return { outcome: 'removed' };
    } catch (error) {
      if (hasCode(error, 'precondition_failed'))
        return { outcome: kind === 'directory' ? 'not_empty' : 'changed' };
      if (!(error instanceof AppError)) throw error;
      return { outcome: 'failed', error };
    }
  }

  #remove(
    actor: SignedInUser,
    path: EntryPath,
    options: { onlyIfEmpty?: boolean; ifMatch?: readonly string[] },
  ): Promise<void> {
    const { audit, journal, storage } = this.#with;
    const told = audit.describe(actor, { action: 'entry.delete', path, detail: { kind: 'undone' } });
    return journal.record(path, null, () => storage.remove(path, options), told);
  }

  /** Forgets what can be undone no more. */
  async sweep(): Promise<void> {
    await this.#with.entries.removeBefore(this.#since());
  }

  #since(): number {
    return this.#with.clock().getTime() - this.#with.lifeMs;
  }

  #keyOf(actor: UserActor, dropId: string): DropKey {
    return { userId: actor.id, dropId, since: this.#since() };
  }
}

function nothingToUndo(): AppError {
  return new AppError('not_found', 'There is nothing to undo any more.', { reason: 'nothing_to_undo' });
}

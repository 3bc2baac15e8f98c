import { AppError } from '../contract/app-error.ts';
import { joinPath, type EntryName, type EntryPath } from '../contract/path.ts';
import type { AuditActor } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { UsersService } from '../accounts/users-service.ts';
import type { Storage } from '../storage/storage.ts';
import type { ChangeJournal } from './change-journal.ts';
import type { FilesService } from './files-service.ts';

type Dependencies = {
  storage: Storage;
  journal: ChangeJournal;
  files: FilesService;
  users: UsersService;
  audit: AuditLog;
};

/** What becomes of the home of a user who is gone: nobody's, until an administrator gives it to someone. */
export class HomesService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Homes that hold something and are nobody's. */
  async orphans(): Promise<EntryName[]> {
    const owners = new Set<string>((await this.#with.users.list()).map(({ name }) => name));
    const orphans: EntryName[] = [];
    for (const name of this.#with.storage.homeNames()) {
      if (!owners.has(name) && (await this.#isUsed(name))) orphans.push(name);
    }
    return orphans.sort();
  }

  async isOrphan(name: string): Promise<boolean> {
    return (await this.orphans()).some((orphan) => orphan === name);
  }

  /**
   * Puts a home that is nobody's into the home of `to`, as a folder, and answers where that is. Links that others made
   * in it, and grants, go along.
   */
  async give(by: AuditActor, name: string, to: string): Promise<EntryPath> {
    if (!(await this.isOrphan(name))) {
      throw new AppError('not_found', `There is no home "${name}" that is nobody's.`, { reason: 'no_home' });
    }
    await this.requireReceiver(name, to);
    const parent = to as EntryPath;
    const wished = `from-${name}` as EntryName;
    const isTaken = await this.#with.files.exists(joinPath(parent, wished));
    const target = isTaken ? await this.#with.files.freeName(parent, wished) : joinPath(parent, wished);
    const told = this.#with.audit.describe(by, {
      action: 'user.home',
      target: `user:${to}`,
      path: target,
      detail: { from: name },
    });
    await this.#with.journal.record(
      name as EntryPath,
      target,
      () => this.#with.storage.moveHome(name as EntryName, target),
      told,
    );
    return target;
  }

  /** Throws `not_found` or `invalid` when `to` cannot be given the home of `name`. */
  async requireReceiver(name: string, to: string): Promise<void> {
    if (to === name) throw new AppError('invalid', 'A home cannot be given to the one who is deleted.');
    const receivers = await this.#with.users.list();
    if (!receivers.some((user) => user.name === to)) {
      throw new AppError('not_found', `There is no user "${to}".`, { reason: 'no_user' });
    }
  }

  async #isUsed(name: EntryName): Promise<boolean> {
    for await (const _child of this.#with.storage.children(name as string as EntryPath)) return true;
    return false;
  }
}

import { mkdirSync, realpathSync } from 'node:fs';
import { AppError } from '../../contract/app-error.ts';
import { reservedName } from '../../contract/path.ts';
import { notFound } from '../storage-errors.ts';
import { Folder } from './local-containment.ts';
import { isSystemError } from './local-errors.ts';

const parts = ['temporary', 'trash', 'staging', 'kept'] as const;

/**
 * `.drey` in a root, where files are that are not yet, or no longer, in their place: on the same file system, so that
 * they get there in one step. Made when it is first needed, readable by the server alone.
 * `temporary` holds what is being written, `trash` what is being removed, `staging` what the caller is gathering,
 * `kept` what was replaced and may be wanted back.
 */
export class HiddenFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async open(part: 'temporary' | 'trash' | 'kept'): Promise<Folder> {
    try {
      return await Folder.open(this.#pathOf(part));
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw unusable(error);
    }
    using root = await Folder.open(this.#root);
    makeFolder(root.child(reservedName));
    try {
      using hidden = await root.openFolder(reservedName);
      // All at once: on a volume that is full later, nothing could be deleted without the trash.
      for (const child of parts) makeFolder(hidden.child(child));
      return await hidden.openFolder(part);
    } catch (error) {
      throw unusable(error);
    }
  }

  /** As `open`, without making it. */
  async find(part: 'temporary' | 'trash' | 'kept'): Promise<Folder | undefined> {
    try {
      return await Folder.open(this.#pathOf(part));
    } catch {
      return undefined;
    }
  }

  stagingFolder(): string {
    const hidden = `${this.#root}/${reservedName}`;
    makeFolder(hidden);
    if (realpathSync.native(hidden) !== hidden) throw unusable(notFound());
    makeFolder(this.#pathOf('staging'));
    return this.#pathOf('staging');
  }

  #pathOf(part: string): string {
    return `${this.#root}/${reservedName}/${part}`;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
}

/** Something else has taken the place of the hidden folder, such as a link. */
function unusable(error: unknown): unknown {
  if (!(error instanceof AppError) && !isSystemError(error, 'ENOTDIR', 'ELOOP')) return error;
  return new AppError('unavailable', `The folder ${reservedName} of this storage is not usable.`, {
    cause: error,
  });
}

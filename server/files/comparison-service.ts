import { AppError } from '../contract/app-error.ts';
import { parentOf, resolvePath, type EntryPath } from '../contract/path.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { Actor } from '../access/actor.ts';
import type { StoredEntry } from '../storage/driver.ts';
import type { Storage } from '../storage/storage.ts';
import type { ChecksumsRepository } from './checksums-repository.ts';

/** A file as its owner has it, and where below a folder it would be stored. */
export type CandidateFile = {
  path: string;
  size: number;
  modifiedAt?: Date | undefined;
  /** In hexadecimal. */
  sha256?: string | undefined;
};

export type Comparison = { path: string } & (
  | { state: 'absent' | 'other_kind'; error?: AppError }
  | {
      state: 'same' | 'different';
      /** What `same` rests on: equal content, or equal size and date where the content is not known. */
      by?: 'sha256' | 'modifiedAt' | undefined;
      entry: StoredEntry;
      sha256: string | undefined;
    }
);

/** Clients and file systems round dates: to a millisecond, to a second, or, on FAT, to two. */
const sameDateMs = 2000;
const simultaneous = 16;

/** Says of many files at once which are stored already, so that only what is missing is sent. */
export class ComparisonService {
  readonly #access: AccessControl;
  readonly #storage: Storage;
  readonly #checksums: ChecksumsRepository;

  constructor(access: AccessControl, storage: Storage, checksums: ChecksumsRepository) {
    this.#access = access;
    this.#storage = storage;
    this.#checksums = checksums;
  }

  /** One answer a file, in order. Reads no file: a checksum counts only where it is known already. */
  async compare(actor: Actor, folder: EntryPath, files: readonly CandidateFile[]): Promise<Comparison[]> {
    await this.#access.require(actor, folder, 'read');
    const comparisons: Comparison[] = [];
    const blocked = new Map<EntryPath, Promise<boolean>>([[folder, Promise.resolve(false)]]);
    for (let at = 0; at < files.length; at += simultaneous) {
      const batch = files.slice(at, at + simultaneous).map((file) => this.#compareOne(folder, file, blocked));
      comparisons.push(...(await Promise.all(batch)));
    }
    return comparisons;
  }

  async #compareOne(
    folder: EntryPath,
    file: CandidateFile,
    blocked: Map<EntryPath, Promise<boolean>>,
  ): Promise<Comparison> {
    const { path } = file;
    try {
      const target = resolvePath(folder, path);
      const entry = await this.#storage.find(target);
      if (!entry) {
        const isBlocked = await this.#isBlocked(parentOf(target) ?? folder, blocked);
        return { path, state: isBlocked ? 'other_kind' : 'absent' };
      }
      if (entry.kind === 'directory') return { path, state: 'other_kind' };
      const sha256 = (await this.#checksums.find(target, entry.etag))?.sha256;
      return { path, entry, sha256, ...judge(file, entry, sha256) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { path, state: 'absent', error };
    }
  }

  /** Whether a file stands where `folder`, or one above it, would have to be made; each is looked at once. */
  #isBlocked(folder: EntryPath, blocked: Map<EntryPath, Promise<boolean>>): Promise<boolean> {
    const look = async () => {
      const entry = await this.#storage.find(folder);
      if (entry) return entry.kind === 'file';
      const parent = parentOf(folder);
      return parent !== undefined && this.#isBlocked(parent, blocked);
    };
    const known = blocked.get(folder) ?? look();
    blocked.set(folder, known);
    return known;
  }
}

function judge(file: CandidateFile, entry: StoredEntry, sha256: string | undefined) {
  if (file.size !== entry.size) return { state: 'different' } as const;
  if (file.sha256 !== undefined && sha256 !== undefined) {
    return file.sha256 === sha256
      ? ({ state: 'same', by: 'sha256' } as const)
      : ({ state: 'different' } as const);
  }
  const apart = file.modifiedAt && Math.abs(file.modifiedAt.getTime() - entry.modifiedAt.getTime());
  return apart !== undefined && apart < sameDateMs
    ? ({ state: 'same', by: 'modifiedAt' } as const)
    : ({ state: 'different' } as const);
}

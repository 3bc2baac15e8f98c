import { join } from 'node:path';
import { AppError } from '../contract/app-error.ts';
import { nameOf, type EntryPath } from '../contract/path.ts';
import type { OnConflict } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { UserActor } from '../access/actor.ts';
import { taken, type FileEntry, type FilesService } from '../files/files-service.ts';
import { appendToStagingFile, createStagingFile, removeStagingFile, stagedBytes } from './staging-file.ts';
import type { UploadRow, UploadsRepository } from './uploads-repository.ts';

export type NewUpload = {
  path: EntryPath;
  /** Bytes in all, known from the start. */
  size: number;
  onConflict: OnConflict;
  modifiedAt: Date | undefined;
  /** The client's own words, given back to it as they came. */
  metadata: string;
};

/** An upload and how far it has come. */
export type Upload = { row: UploadRow; offset: number };

type Dependencies = {
  uploads: UploadsRepository;
  files: FilesService;
  clock: Clock;
  /** For back ends that adopt no local file: where bytes wait there is decided by them, else here. */
  stagingFolder: string;
  /** An unfinished upload can be resumed for so long. */
  lifeMs: number;
};

/** Resumable uploads: bytes gather in a staging file and take their final name in one step, when all have come. */
export class UploadsService {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  get lifeMs(): number {
    return this.#with.lifeMs;
  }

  /** Begins an upload; refuses at once what would be refused at the end. */
  async create(
    actor: UserActor,
    { path, size, onConflict, modifiedAt, metadata }: NewUpload,
  ): Promise<UploadRow> {
    await this.#with.files.requireRoom(actor, path, size);
    if (onConflict === 'fail' && (await this.#with.files.exists(path)))
      throw taken('precondition_failed', nameOf(path));
    const id = createIdentifier();
    const row: UploadRow = {
      id,
      user_id: actor.id,
      path,
      size,
      on_conflict: onConflict,
      modified_at: modifiedAt?.getTime() ?? null,
      metadata,
      staging_path: join(
        (await this.#with.files.stagingFolder(path)) ?? this.#with.stagingFolder,
        `upload-${id}`,
      ),
      created_at: this.#with.clock().getTime(),
      finished_at: null,
    };
    await createStagingFile(row.staging_path);
    await this.#with.uploads.create(row);
    return row;
  }

  /** The actor's own upload; someone else's is `not_found`, as one that never was. */
  async get(actor: UserActor, id: string): Promise<Upload> {
    const row = await this.#with.uploads.find(id);
    if (!row || row.user_id !== actor.id) throw noUpload('not_found');
    if (row.finished_at !== null) return { row, offset: row.size };
    if (row.created_at + this.#with.lifeMs <= this.#with.clock().getTime()) throw noUpload('gone');
    const offset = await stagedBytes(row.staging_path);
    if (offset === undefined) throw noUpload('not_found');
    return { row, offset };
  }

  /** Adds bytes at the upload's offset and answers the new offset. */
  append({ row, offset }: Upload, body: AsyncIterable<Uint8Array>): Promise<number> {
    return appendToStagingFile(row.staging_path, offset, body);
  }

  /** Puts the complete upload in its place. The right to, and what is there, are asked again now. */
  async finish(actor: UserActor, row: UploadRow): Promise<FileEntry> {
    const entry = await this.#with.files.adopt(actor, row.path, row.staging_path, {
      onConflict: row.on_conflict,
      modifiedAt: row.modified_at === null ? undefined : new Date(row.modified_at),
    });
    await this.#with.uploads.finish(row.id, entry.path, this.#with.clock().getTime());
    return entry;
  }

  /** Gives an upload up. A finished one is only forgotten: its file stays. */
  async remove(actor: UserActor, id: string): Promise<void> {
    const { row } = await this.get(actor, id);
    await this.#discard(row);
  }

  /** Gives back the space of uploads that were not finished in time, and forgets finished ones. */
  async sweep(): Promise<void> {
    for (const row of await this.#with.uploads.createdBefore(
      this.#with.clock().getTime() - this.#with.lifeMs,
    )) {
      await this.#discard(row);
    }
  }

  async #discard(row: UploadRow): Promise<void> {
    if (row.finished_at === null) await removeStagingFile(row.staging_path);
    await this.#with.uploads.remove(row.id);
  }
}

function noUpload(code: 'not_found' | 'gone'): AppError {
  return new AppError(code, 'There is no such upload any more. Begin it anew.');
}

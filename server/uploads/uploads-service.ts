import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../contract/app-error.ts';
import { nameOf, type EntryPath } from '../contract/path.ts';
import type { OnConflict } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import type { FileDigestAlgorithm } from '../base/file-digest.ts';
import { createIdentifier } from '../base/identifier.ts';
import { Semaphore } from '../base/semaphore.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { DropActor, UserActor } from '../access/actor.ts';
import { digestMismatch } from '../files/checked-bytes.ts';
import type { Checksums } from '../files/checksums-repository.ts';
import { taken, type FilesService } from '../files/files-service.ts';
import {
  appendToStagingFile,
  createStagingFile,
  digestUpTo,
  findStaged,
  isInPlace,
  openStagingFile,
  removeStagingFile,
  tooLong,
  truncateStagingFile,
  type ExpectedPart,
  type FromStart,
  type PartDigest,
  type Staged,
} from './staging-file.ts';
import { StagedDigests } from './staged-digests.ts';
import type { UploadRow, UploadsRepository } from './uploads-repository.ts';

/** Who uploads: a user, or whoever sends by a link. */
export type UploadActor = UserActor | DropActor;

export type NewUpload = {
  /** Under which identifier, where one was given out already. */
  id?: string;
  path: EntryPath;
  /** Bytes in all, known from the start. */
  size: number;
  onConflict: OnConflict;
  modifiedAt: Date | undefined;
  /** The etag that the file must still have to be replaced. */
  ifMatch?: string | undefined;
  /** What the whole file must be, in hexadecimal, where it is known from the start. */
  sha256?: string | undefined;
  /** By which checksum the sender verifies it: then its SHA-256 is not waited for. */
  checksum?: 'xxh64' | undefined;
  /** The drop that the file is a part of. */
  drop?: string | undefined;
  /** The client's own words, given back to it as they came. */
  metadata: string;
};

/** An upload and how far it has come. It can be resumed until `lifeMs` after `touchedAt`, when its last bytes came. */
export type Upload = { row: UploadRow; offset: number; touchedAt: number };

export type { ExpectedPart, FromStart, PartDigest };

/** What one request to go on with an upload says besides its bytes. */
export type AppendOptions = {
  /** What these bytes must be. */
  part?: PartDigest | undefined;
  /** What the whole file must be, in hexadecimal, told on the way. */
  sha256?: string | undefined;
};

/** Where an upload went. What is not known yet, or not any more, is absent. */
export type FinishedUpload = { path: EntryPath; etag?: string; sha256?: string };

/** Where a page of uploads begins. */
export type UploadPosition = { createdAt: number; id: string };

type Dependencies = {
  access: AccessControl;
  uploads: UploadsRepository;
  files: FilesService;
  clock: Clock;
  /** For back ends that adopt no local file: where bytes wait there is decided by them, else here. */
  stagingFolder: string;
  /** An unfinished upload can be resumed for so long after its last bytes came. */
  lifeMs: number;
  /** Told of each unfinished upload that is given up. */
  onGivenUp?: (id: string) => Promise<void>;
};

/** Files that are in their place and wait for their SHA-256; the next to be finished waits for one of them. */
const maxUnhashed = 16;

/** Resumable uploads: bytes gather in a staging file and take their final name in one step, when all have come. */
export class UploadsService {
  readonly #with: Dependencies;
  /** Uploads that are being put in their place, which takes a while for a large one. */
  readonly #finishing = new Map<string, Promise<FinishedUpload>>();
  readonly #digests = new StagedDigests();
  readonly #unhashed = new Semaphore(maxUnhashed);

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  get lifeMs(): number {
    return this.#with.lifeMs;
  }

  /** Begins an upload; refuses at once what would be refused at the end. */
  async create(
    actor: UploadActor,
    {
      id = createIdentifier(),
      path,
      size,
      onConflict,
      modifiedAt,
      ifMatch,
      sha256,
      checksum,
      drop,
      metadata,
    }: NewUpload,
  ): Promise<UploadRow> {
    await this.#with.files.requireRoom(actor, path, size);
    const replaces = onConflict === 'replace' || ifMatch !== undefined;
    if (onConflict === 'fail' && ifMatch === undefined && (await this.#with.files.exists(path)))
      throw taken('precondition_failed', nameOf(path));
    const now = this.#with.clock().getTime();
    const row: UploadRow = {
      id,
      user_id: actor.kind === 'drop' ? actor.creatorId : actor.id,
      path,
      size,
      on_conflict: onConflict,
      modified_at: modifiedAt?.getTime() ?? null,
      metadata,
      staging_path: join(
        (await this.#with.files.stagingFolder(path)) ?? this.#with.stagingFolder,
        `upload-${id}`,
      ),
      created_at: now,
      finished_at: null,
      if_match: ifMatch ?? null,
      sha256: sha256 ?? null,
      drop_id: drop ?? null,
      staged_bytes: 0,
      touched_at: now,
      link_id: actor.kind === 'drop' ? actor.id : null,
      visitor: actor.kind === 'drop' ? actor.visitor : null,
      verified_bytes: null,
      checksum: checksum ?? null,
    };
    // The row first: of a row without a file we know what it was, of a file without a row nobody does.
    await this.#with.files.promiseRoom(id, path, { size, replaces });
    await this.#with.uploads.create(row);
    try {
      await createStagingFile(row.staging_path);
    } catch (error) {
      await removeStagingFile(row.staging_path).catch(() => {});
      await this.#with.files.releaseRoom(id, path);
      await this.#with.uploads.remove(id);
      throw error;
    }
    return row;
  }

  /**
   * The actor's own upload, to where they may still write; someone else's is `not_found`, as one that never was.
   */
  async get(actor: UploadActor, id: string): Promise<Upload> {
    const row = await this.#findOwn(actor, id);
    await this.#with.access.requireStoring(actor, row.path);
    if (row.finished_at !== null || this.#finishing.has(id)) return complete(row);
    const staged = await findStaged(row.staging_path);
    if (!staged) {
      const current = await this.#with.uploads.find(id);
      if (current?.finished_at == null) throw noUpload('not_found');
      return complete(current);
    }
    const touchedAt = Math.max(row.created_at, staged.touchedAt);
    if (countedBytes(row, staged) < row.size && this.#isOver(touchedAt)) throw noUpload('gone');
    return { row, offset: countedBytes(row, staged), touchedAt };
  }

  /** One page of the actor's uploads that can still be resumed, newest first, and the row to go on after. */
  async list(
    actor: UserActor,
    { limit, before }: { limit: number; before?: UploadPosition },
  ): Promise<{ items: Upload[]; last: UploadPosition | undefined }> {
    const rows = await this.#with.uploads.page(actor.id, limit + 1, before);
    const items: Upload[] = [];
    for (const row of rows.slice(0, limit)) {
      // One whose file is gone is the sweep's to forget.
      const upload = await this.get(actor, row.id).catch(() => undefined);
      if (upload && upload.row.finished_at === null) items.push(upload);
    }
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { items, last: last && { createdAt: last.created_at, id: last.id } };
  }

  /**
   * Adds bytes at the upload's offset and answers the new offset. Throws, with the offset as it was, `too_large` when it
   * gets more than are left, and `invalid`, reason `digest_mismatch`, when they are not what `part` says.
   */
  async append(
    { row, offset }: Upload,
    body: AsyncIterable<Uint8Array>,
    { part, sha256 }: AppendOptions = {},
  ): Promise<number> {
    if (sha256 !== undefined) await this.#expect(row, sha256);
    const maxBytes = row.size - offset;
    if (maxBytes === 0) {
      for await (const chunk of body) if (chunk.length > 0) throw tooLong();
      return offset;
    }
    // Before its first byte, so that a crash in the middle of it leaves no doubt about what counts.
    const verified = part ? offset : null;
    if (row.verified_bytes !== verified)
      await this.#with.uploads.update(row.id, { verified_bytes: verified });
    const digest = this.#digests.of(row);
    const end = await appendToStagingFile(
      row.staging_path,
      { offset, maxBytes, digest, expected: part },
      body,
    );
    // Durable before the file takes its name: what has two names must never be cut, nor written to.
    if (part) await this.#with.uploads.update(row.id, { verified_bytes: end });
    return end;
  }

  /** Notes what the whole file must be; it is told once. */
  async #expect(row: UploadRow, sha256: string): Promise<void> {
    if (row.sha256 === sha256) return;
    if (row.sha256 !== null) {
      throw new AppError('invalid', 'Another checksum of this file was given before.', {
        reason: 'digest_mismatch',
      });
    }
    await this.#with.uploads.update(row.id, { sha256 });
  }

  /**
   * Puts the complete upload in its place and answers where that is. The right to, and what is there, are asked again
   * now. It happens once: who asks meanwhile, or later, is told the same. An upload whose bytes are not what its sender
   * said is given up: `invalid`, reason `digest_mismatch`.
   */
  async finish(actor: UploadActor, id: string): Promise<FinishedUpload> {
    const { row } = await this.get(actor, id);
    if (row.finished_at !== null) return { path: row.path };
    const running = this.#finishing.get(id);
    if (running) return running;
    const finishing = this.#putInPlace(actor, row).finally(() => this.#finishing.delete(id));
    this.#finishing.set(id, finishing);
    return finishing;
  }

  async #putInPlace(actor: UploadActor, row: UploadRow): Promise<FinishedUpload> {
    const isAwaited = row.checksum === null || row.sha256 !== null;
    const sha256 = isAwaited ? await digestUpTo(this.#digests.of(row), 'sha256', row.size) : undefined;
    if (row.sha256 !== null && row.sha256 !== sha256) {
      await this.#discard(row);
      throw digestMismatch();
    }
    const hashing = isAwaited ? undefined : await this.#beginHashing(row);
    const { path, etag } = await this.#with.files.adopt(actor, row.path, row.staging_path, {
      onConflict: row.if_match === null ? row.on_conflict : 'replace',
      ifMatch: row.if_match === null ? undefined : [row.if_match],
      modifiedAt: row.modified_at === null ? undefined : new Date(row.modified_at),
      sha256,
      size: row.size,
      promise: row.id,
      drop: row.drop_id ?? undefined,
    });
    await this.#with.uploads.finish(row.id, path, this.#with.clock().getTime());
    await this.#with.files.releaseRoom(row.id, row.path);
    if (hashing) {
      hashing.checksums
        .then((checksums) => this.#with.files.noteChecksums({ path, etag, ...checksums }))
        // Who asks for it then has it computed.
        .catch(() => {})
        .finally(() => this.#digests.forget(row.id));
    } else this.#digests.forget(row.id);
    return { path, etag, sha256 };
  }

  /** Goes on to take the checksums of a complete upload, whatever name its file gets meanwhile. */
  async #beginHashing(row: UploadRow): Promise<{ checksums: Promise<Checksums> }> {
    await this.#unhashed.acquire();
    try {
      const file = await openStagingFile(row.staging_path);
      const checksums = this.#checksumsOf(row, file).finally(() => this.#unhashed.release());
      checksums.catch(() => {});
      return { checksums };
    } catch (error) {
      this.#unhashed.release();
      throw error;
    }
  }

  async #checksumsOf(row: UploadRow, file: FileHandle): Promise<Checksums> {
    const digest = this.#digests.of(row);
    const upTo = (algorithm: FileDigestAlgorithm) => digest.upTo(algorithm, row.size, file.fd);
    const asked = [upTo('sha256'), upTo('xxh64')] as const;
    try {
      const [sha256, xxh64] = await Promise.all(asked);
      return { sha256, xxh64 };
    } finally {
      await Promise.allSettled(asked);
      await file.close();
    }
  }

  /** Gives an upload up. A finished one is only forgotten: its file stays. */
  async remove(actor: UploadActor, id: string): Promise<void> {
    const row = await this.#findOwn(actor, id);
    // Whoever has lost the right to store there may still give it up; a token has only the rights it was left.
    if (actor.kind === 'user' && actor.narrowing) await this.#with.access.requireStoring(actor, row.path);
    await this.#discard(row);
  }

  async #findOwn(actor: UploadActor, id: string): Promise<UploadRow> {
    const row = await this.#with.uploads.find(id);
    if (!row || !isOf(row, actor)) throw noUpload('not_found');
    return row;
  }

  close(): void {
    this.#digests.close();
  }

  /** Gives up all that a user has begun. */
  async removeAllOf(userId: string): Promise<void> {
    for (const row of await this.#with.uploads.unfinishedOf(userId)) await this.#discard(row);
  }

  /**
   * Finishes what was put in its place just before a crash, forgets what was begun just before it, and cuts off what came
   * of a part whose checksum did not.
   */
  async recover(startedAt: Date): Promise<void> {
    for (const row of await this.#with.uploads.unfinishedBefore(startedAt.getTime())) {
      // A volume that is not there at this start keeps what it has.
      if (!(await isInPlace(row.staging_path))) continue;
      const staged = await findStaged(row.staging_path);
      if (staged) {
        const counted = countedBytes(row, staged);
        // One that cannot be cut now counts no further for it.
        if (counted < staged.bytes) await truncateStagingFile(row.staging_path, counted).catch(() => {});
        continue;
      }
      const path = await this.#with.files.findAdopted(row.path, {
        onConflict: row.on_conflict,
        size: row.size,
        bornAt: row.created_at,
      });
      if (path) await this.#with.uploads.finish(row.id, path, this.#with.clock().getTime());
      else await this.#with.uploads.remove(row.id);
    }
  }

  /** Gives back the space of uploads that were not finished in time, and forgets finished ones. */
  async sweep(): Promise<void> {
    for (const row of await this.#with.uploads.createdBefore(
      this.#with.clock().getTime() - this.#with.lifeMs,
    )) {
      const staged = await findStaged(row.staging_path);
      if (!staged || this.#isOver(staged.touchedAt)) await this.#discard(row);
    }
  }

  #isOver(touchedAt: number): boolean {
    return touchedAt + this.#with.lifeMs <= this.#with.clock().getTime();
  }

  async #discard(row: UploadRow): Promise<void> {
    if (row.finished_at === null) {
      await removeStagingFile(row.staging_path);
      await this.#with.files.releaseRoom(row.id, row.path);
      await this.#with.onGivenUp?.(row.id);
    }
    this.#digests.forget(row.id);
    await this.#with.uploads.remove(row.id);
  }
}

/** What is sent by a link is not the link's maker's to touch, nor another visitor's. */
function isOf(row: UploadRow, actor: UploadActor): boolean {
  return actor.kind === 'drop'
    ? row.link_id === actor.id && row.visitor === actor.visitor
    : row.link_id === null && row.user_id === actor.id;
}

/** How far it has come: what is still unverified may be taken away again, and is not counted. */
function countedBytes(row: UploadRow, { bytes }: Staged): number {
  return Math.min(bytes, row.verified_bytes ?? bytes);
}

function complete(row: UploadRow): Upload {
  return { row, offset: row.size, touchedAt: row.created_at };
}

function noUpload(code: 'not_found' | 'gone'): AppError {
  return new AppError(code, 'There is no such upload any more. Begin it anew.');
}

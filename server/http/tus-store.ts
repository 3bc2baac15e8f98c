import type { z } from 'zod';
import { DataStore, Metadata, Upload as TusUpload } from '@tus/utils';
import { AppError } from '../contract/app-error.ts';
import { dropIdSchema, onConflictSchema, sha256Schema } from '../contract/schemas.ts';
import { parseUri } from '../contract/uri.ts';
import type { UserActor } from '../access/actor.ts';
import type { NewUpload, Upload, UploadsService } from '../uploads/uploads-service.ts';

/** One request to the tus endpoint: who speaks, and the bytes they send. */
export type TusExchange = {
  user: UserActor;
  /** The upload that a creation made. */
  created?: Upload;
  body: () => AsyncIterable<Uint8Array>;
  interrupt: () => void;
};

/** Earliest and latest date that a file may carry; others are the clock's fault. */
const dateRange = { first: 0, last: Date.UTC(2200, 0) };

/** What the tus library calls a data store: it passes everything on to `UploadsService`. */
export class TusStore extends DataStore {
  readonly #uploads: UploadsService;
  readonly #cluster: string;
  readonly #exchange: () => TusExchange;

  constructor(uploads: UploadsService, cluster: string, exchange: () => TusExchange) {
    super();
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'expiration'];
    this.#uploads = uploads;
    this.#cluster = cluster;
    this.#exchange = exchange;
  }

  override getExpiration(): number {
    return this.#uploads.lifeMs;
  }

  override async create(upload: TusUpload): Promise<TusUpload> {
    const { user, created } = this.#exchange();
    // The library makes the identifier first and the upload after; here one makes both.
    if (!created) throw new AppError('internal', 'The upload was not begun.');
    return this.#present(await this.#uploads.get(user, upload.id));
  }

  override async getUpload(id: string): Promise<TusUpload> {
    return this.#present(await this.#uploads.get(this.#exchange().user, id));
  }

  override async remove(id: string): Promise<void> {
    await this.#uploads.remove(this.#exchange().user, id);
  }

  /** Reads the request itself: the library's own copy of the stream is left empty, which spares four copies. */
  override async write(_stream: unknown, id: string): Promise<number> {
    const { user, body } = this.#exchange();
    return this.#uploads.append(await this.#uploads.get(user, id), body());
  }

  /** Begins an upload from what its creation says (tus 1.0.0, "Creation"). */
  async begin(length: string | null, metadataHeader: string): Promise<Upload> {
    const exchange = this.#exchange();
    const metadata = parseMetadata(metadataHeader);
    const row = await this.#uploads.create(exchange.user, {
      path: parseUri(requireText(metadata, 'uri'), { cluster: this.#cluster, home: exchange.user.name }),
      size: parseLength(length),
      onConflict: parseOnConflict(metadata.onConflict),
      modifiedAt: parseDate(metadata.modifiedAt),
      ifMatch: metadata.ifMatch || undefined,
      sha256: parseWord(sha256Schema, metadata.sha256),
      drop: parseWord(dropIdSchema, metadata.drop),
      metadata: metadataHeader,
    } satisfies NewUpload);
    exchange.created = { row, offset: 0, touchedAt: row.created_at };
    return exchange.created;
  }

  #present({ row, offset, touchedAt }: Upload): TusUpload {
    return new TusUpload({
      id: row.id,
      size: row.size,
      offset,
      metadata: Metadata.parse(row.metadata),
      // From here the library counts how long the upload can be resumed.
      creation_date: new Date(touchedAt).toISOString(),
    });
  }
}

function parseMetadata(header: string): Record<string, string | null> {
  try {
    return Metadata.parse(header);
  } catch (cause) {
    throw new AppError('invalid', 'Upload-Metadata is not a list of keys and base64 values.', { cause });
  }
}

function requireText(metadata: Record<string, string | null>, key: string): string {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (!value) throw new AppError('invalid', `Upload-Metadata must say "${key}".`);
  return value;
}

function parseLength(length: string | null): number {
  const size = Number(length);
  if (length === null || !/^\d+$/.test(length) || !Number.isSafeInteger(size)) {
    throw new AppError('invalid', 'Upload-Length must be the number of bytes of the file.');
  }
  return size;
}

function parseOnConflict(word: string | null | undefined) {
  const parsed = onConflictSchema.safeParse(word ?? 'fail');
  if (!parsed.success) throw new AppError('invalid', 'onConflict is one of fail, rename, replace.');
  return parsed.data;
}

function parseWord(schema: z.ZodType<string>, word: string | null | undefined): string | undefined {
  if (word == null || word === '') return undefined;
  const parsed = schema.safeParse(word);
  if (!parsed.success) throw new AppError('invalid', parsed.error.issues[0]?.message ?? 'That is not valid.');
  return parsed.data;
}

function parseDate(text: string | null | undefined): Date | undefined {
  if (text == null || text === '') return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new AppError('invalid', 'modifiedAt is a date as in ISO 8601.');
  return new Date(Math.min(Math.max(time, dateRange.first), dateRange.last));
}

import { DataStore, Metadata, Upload as TusUpload } from '@tus/utils';
import { AppError } from '../contract/app-error.ts';
import type { AppendOptions, Upload, UploadActor, UploadsService } from '../uploads/uploads-service.ts';
import type { UploadRow } from '../uploads/uploads-repository.ts';

export type TusMetadata = Record<string, string | null>;

/** What is said of an upload when it is begun: `metadata` read, and as it came. */
export type TusWish = {
  size: number;
  modifiedAt: Date | undefined;
  metadata: TusMetadata;
  header: string;
};

/** Whose uploads these are, and what beginning and finishing one means there. */
export type TusDoor = {
  actor: UploadActor;
  /** The address below which its uploads are. */
  path: string;
  begin: (wish: TusWish) => Promise<UploadRow>;
  /** Puts a complete upload in its place and answers headers that say where. */
  finish: (id: string) => Promise<Record<string, string>>;
};

/** One request to the tus endpoint: who speaks, and the bytes they send. */
export type TusExchange = {
  door: TusDoor;
  /** The upload that a creation made. */
  created?: Upload;
  body: () => AsyncIterable<Uint8Array>;
  /** What is said of those bytes, and of the whole file. */
  digests: () => AppendOptions;
  interrupt: () => void;
};

/** Earliest and latest date that a file may carry; others are the clock's fault. */
const dateRange = { first: 0, last: Date.UTC(2200, 0) };

/** What the tus library calls a data store: it passes everything on to `UploadsService`. */
export class TusStore extends DataStore {
  readonly #uploads: UploadsService;
  readonly #exchange: () => TusExchange;

  constructor(uploads: UploadsService, exchange: () => TusExchange) {
    super();
    this.extensions = [
      'creation',
      'creation-with-upload',
      'termination',
      'expiration',
      'checksum',
      'checksum-trailer',
    ];
    this.#uploads = uploads;
    this.#exchange = exchange;
  }

  override getExpiration(): number {
    return this.#uploads.lifeMs;
  }

  override async create(upload: TusUpload): Promise<TusUpload> {
    const { door, created } = this.#exchange();
    // The library makes the identifier first and the upload after; here one makes both.
    if (!created) throw new AppError('internal', 'The upload was not begun.');
    return this.#present(await this.#uploads.get(door.actor, upload.id));
  }

  override async getUpload(id: string): Promise<TusUpload> {
    return this.#present(await this.#uploads.get(this.#exchange().door.actor, id));
  }

  override async remove(id: string): Promise<void> {
    await this.#uploads.remove(this.#exchange().door.actor, id);
  }

  /** Reads the request itself: the library's own copy of the stream is left empty, which spares four copies. */
  override async write(_stream: unknown, id: string): Promise<number> {
    const { door, body, digests } = this.#exchange();
    const said = digests();
    return this.#uploads.append(await this.#uploads.get(door.actor, id), body(), said);
  }

  /** Begins an upload from what its creation says (tus 1.0.0, "Creation"). */
  async begin(length: string | null, metadataHeader: string): Promise<Upload> {
    const exchange = this.#exchange();
    const metadata = parseMetadata(metadataHeader);
    const row = await exchange.door.begin({
      size: parseLength(length),
      modifiedAt: parseDate(metadata.modifiedAt),
      metadata,
      header: metadataHeader,
    });
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

function parseMetadata(header: string): TusMetadata {
  try {
    return Metadata.parse(header);
  } catch (cause) {
    throw new AppError('invalid', 'Upload-Metadata is not a list of keys and base64 values.', { cause });
  }
}

export function requireText(metadata: TusMetadata, key: string): string {
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

function parseDate(text: string | null | undefined): Date | undefined {
  if (text == null || text === '') return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new AppError('invalid', 'modifiedAt is a date as in ISO 8601.');
  return new Date(Math.min(Math.max(time, dateRange.first), dateRange.last));
}

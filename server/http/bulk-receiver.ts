import type { Readable, Writable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { AppError } from '../contract/app-error.ts';
import { maxBulkBytes, maxBulkFiles } from '../contract/limits.ts';
import { bulkManifestSchema, type BulkManifest, type OnConflict } from '../contract/schemas.ts';
import { isError, type Answers } from '../base/answers.ts';
import { Semaphore } from '../base/semaphore.ts';
import { wrongSize } from '../files/checked-bytes.ts';
import { maxWholeBytes } from '../files/files-service.ts';
import type { RequestMemory } from '../uploads/repeated-requests.ts';
import { toAppError } from './error-responder.ts';

/** One file of a bulk request: under the path that the sender's manifest or the part says. */
export type BulkFile = {
  /** Its place among the files of the request. */
  index: number;
  path: string;
  bytes: AsyncIterable<Uint8Array>;
  modifiedAt: Date | undefined;
  /** The etag that the file there must have to be replaced. */
  ifMatch: string | undefined;
  onConflict: OnConflict | undefined;
  expected: { size?: number | undefined; sha256?: string | undefined };
  /** What stood in the form's fields before it. */
  fields: Readonly<Record<string, unknown>>;
};
/** A small one, all of whose bytes have come. */
export type WholeBulkFile = Omit<BulkFile, 'bytes'> & { bytes: Uint8Array };
export type BulkOutcome<T> = { path: string; stored?: T; error?: AppError };

type BulkRequest<T> = {
  /** Stores one file; what it throws is that file's outcome. */
  store: (file: BulkFile) => Promise<T>;
  /** Stores small files together, where that is quicker. */
  storeMany?: (files: readonly WholeBulkFile[]) => Promise<Answers<T>>;
  /** Bytes of all files together. */
  maxBytes: number;
  /** Of a request that may come a second time. */
  memory?: RequestMemory<T> | undefined;
};

/** Files that are stored one by one at the same time: enough for their syncs to share the disk's work. */
const maxStoring = 64;
/** What may wait in memory for the disk before no more of the request is read. */
const maxHeldBytes = 2 * 1024 * 1024;
/** What a file holds besides its bytes, about. */
const heldBesides = 4096;
/** multipart adds a few hundred bytes to each file. */
const envelopeBytes = maxBulkFiles * 1024 + (1 << 20);

/** Bytes of files that a bulk request holds at least, by its Content-Length. */
export function leastBytesOf(request: Request): number {
  return Math.max(0, Number(request.headers['content-length'] ?? 0) - envelopeBytes);
}

/**
 * Takes many small files from one multipart request straight into storage, each by itself: one that is refused leaves
 * the others alone, and every one is told of. Names are what the sender's manifest or the part says, never mended.
 */
export async function receiveBulk<T>(
  request: Request,
  response: Response,
  options: BulkRequest<T>,
): Promise<BulkOutcome<T>[]> {
  if (Number(request.headers['content-length'] ?? 0) > options.maxBytes + envelopeBytes) {
    throw new AppError(
      'too_large',
      `One request takes at most ${options.maxBytes} bytes of files. Send fewer at once.`,
    );
  }
  const receipt = new BulkReceipt(request, options);
  const engine: StorageEngine = {
    _handleFile({ body }, { stream, originalname }, done) {
      try {
        receipt.take(stream, originalname, body as BulkFile['fields']);
        // What becomes of it is noted in the receipt; the parser need not remember it.
        done(null, {});
      } catch (error) {
        stream.resume();
        done(error);
      }
    },
    _removeFile: (_request, _file, done) => done(null),
  };
  const receive = multer({
    storage: engine,
    preservePath: true,
    defParamCharset: 'utf8',
    streamHandler: (_request: Request, parser: Writable) => receipt.feed(parser),
    limits: {
      files: maxBulkFiles,
      fields: 2,
      parts: maxBulkFiles + 2,
      fieldNameSize: 100,
      fieldSize: 1 << 20,
      headerPairs: 20,
      fieldNestingDepth: 0,
    },
  } as multer.Options).any();
  try {
    await new Promise<void>((resolve, reject) => {
      receive(request, response, (error: unknown) => (error ? reject(whyNotReceived(error)) : resolve()));
    });
  } catch (error) {
    receipt.breakOff();
    throw error;
  } finally {
    // What is whole is stored even if the rest broke off: the answer, and who remembers it, waits for that.
    await receipt.settled();
  }
  return receipt.outcomes();
}

function whyNotReceived(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return error instanceof MulterError
    ? new AppError('invalid', `The request is not as expected: ${error.message}.`, { cause: error })
    : new AppError('invalid', 'The request broke off or is not multipart.', { cause: error });
}

/** A file of a request on its way into storage. It outlives the stream that it came by, which weighs more. */
type Incoming = { file: Omit<BulkFile, 'bytes'>; heldBytes: number };

/** The files of one request, and what became of each. */
class BulkReceipt<T> {
  readonly #request: Request;
  readonly #with: BulkRequest<T>;
  readonly #outcomes: BulkOutcome<T>[] = [];
  readonly #places = new Semaphore(maxStoring);
  readonly #settled = Promise.withResolvers<void>();
  #manifest: BulkManifest | undefined;
  #whole: { incoming: Incoming; bytes: Uint8Array }[] = [];
  #latest: Readable | undefined;
  #bytes = 0;
  #heldBytes = 0;
  /** The files without an outcome, and one more while others may come. */
  #open = 1;
  #readOn = (): void => {};

  constructor(request: Request, options: BulkRequest<T>) {
    this.#request = request;
    this.#with = options;
  }

  /** Gives the request to the parser, which would take all that comes: what waits for the disk waits best with its sender. */
  feed(parser: Writable): void {
    const request = this.#request;
    this.#readOn = () => {
      if (this.#heldBytes >= maxHeldBytes || parser.writableNeedDrain) request.pause();
      else request.resume();
    };
    request.on('data', (chunk: Buffer) => {
      parser.write(chunk);
      this.#readOn();
    });
    request.on('end', () => parser.end());
    parser.on('drain', this.#readOn);
  }

  /** Stores the next file. Throws when nothing of the request can be understood. */
  take(stream: Readable, originalName: string, fields: BulkFile['fields']): void {
    const index = this.#outcomes.length;
    this.#outcomes.push({ path: originalName });
    this.#manifest ??= parseManifest(fields.manifest);
    const known = this.#manifest?.[index];
    const incoming: Incoming = {
      file: {
        index,
        path: known?.path ?? originalName,
        modifiedAt: known?.modifiedAt === undefined ? undefined : new Date(known.modifiedAt),
        ifMatch: known?.ifMatch,
        onConflict: known?.onConflict,
        expected: { size: known?.size, sha256: known?.sha256 },
        fields,
      },
      heldBytes: Math.min(known?.size ?? Infinity, stream.readableHighWaterMark) + heldBesides,
    };
    this.#open += 1;
    this.#heldBytes += incoming.heldBytes;
    this.#latest = stream;
    this.#receive(incoming, stream);
  }

  /** No more will come, and of the latest file not all has. */
  breakOff(): void {
    this.#latest?.destroy();
  }

  /** Resolves when every file that came has its outcome. */
  settled(): Promise<void> {
    this.#close();
    return this.#settled.promise;
  }

  outcomes(): BulkOutcome<T>[] {
    const count = this.#outcomes.length;
    if (count === 0)
      throw new AppError(
        'invalid',
        'There is no file in the request: send multipart/form-data with file parts.',
      );
    if (this.#manifest && this.#manifest.length !== count)
      throw new AppError('invalid', `The manifest names ${this.#manifest.length} files, but ${count} came.`);
    return this.#outcomes;
  }

  #receive(incoming: Incoming, stream: Readable): void {
    const { path, expected } = incoming.file;
    const earlier = this.#with.memory?.earlier.get(path);
    if (path === '') {
      void drain(this.#request, stream);
      this.#settle(incoming, new AppError('invalid', 'A file has no name.', { reason: 'bad_name' }));
    } else if (earlier !== undefined) {
      stream.resume();
      this.#settle(incoming, earlier);
    } else if (this.#with.storeMany && expected.size !== undefined && expected.size <= maxWholeBytes)
      this.#gather(stream, expected.size, this.#storing(incoming));
    else void this.#storeAlone(incoming, stream);
  }

  async #storeAlone(incoming: Incoming, stream: Readable): Promise<void> {
    try {
      const bytes = this.#counted(stream);
      const stored = await this.#places.run(() => this.#with.store({ ...incoming.file, bytes }));
      this.#settle(incoming, stored);
    } catch (error) {
      void drain(this.#request, stream);
      this.#settle(incoming, error as Error);
    }
  }

  async *#counted(stream: Readable): AsyncGenerator<Uint8Array> {
    // Not destroyed by whoever stops reading: the parser needs every file read to its end.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      this.#count(chunk.length);
      yield chunk;
    }
  }

  /** Answers the bytes when all have come, or why not; more than `size` would fill the memory. */
  #gather(stream: Readable, size: number, answer: (bytes: Uint8Array | Error) => void): void {
    const pieces: Buffer[] = [];
    let length = 0;
    const take = (piece: Buffer): void => {
      length += piece.length;
      pieces.push(piece);
      try {
        this.#count(piece.length);
        if (length > size) throw wrongSize(`More than ${size}`, size);
      } catch (error) {
        stream.off('data', take).off('end', end).off('close', close);
        void drain(this.#request, stream);
        answer(error as Error);
      }
    };
    const end = (): void => answer(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    const close = (): void => {
      if (!stream.readableEnded) answer(new AppError('invalid', 'The request broke off.'));
    };
    stream.on('data', take).on('end', end).on('close', close);
  }

  /** A function of its own, so that what it makes does not hold the stream. */
  #storing(incoming: Incoming): (bytes: Uint8Array | Error) => void {
    return (bytes) => {
      if (isError(bytes)) return this.#settle(incoming, bytes);
      // Whoever is whole in this turn of the event loop comes along.
      if (this.#whole.length === 0) setImmediate(() => void this.#storeWhole());
      this.#whole.push({ incoming, bytes });
    };
  }

  async #storeWhole(): Promise<void> {
    const taken = this.#whole;
    this.#whole = [];
    const files = taken.map(({ incoming: { file }, bytes }) => ({ ...file, bytes }));
    const answers = await this.#with.storeMany!(files).catch((error: Error) => files.map(() => error));
    taken.forEach(({ incoming }, index) => this.#settle(incoming, answers[index]!));
  }

  #settle({ file: { index, path }, heldBytes }: Incoming, stored: T | Error): void {
    this.#outcomes[index] = isError(stored) ? { path, error: toAppError(stored) } : { path, stored };
    if (!isError(stored)) this.#with.memory?.note(path, stored);
    this.#heldBytes -= heldBytes;
    this.#readOn();
    this.#close();
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#settled.resolve();
  }

  #count(length: number): void {
    this.#bytes += length;
    if (this.#bytes > this.#with.maxBytes)
      throw new AppError('too_large', 'The request holds too much. Send fewer files at once.');
  }
}

/** Reads past a file that was refused, so that the others are heard; a long one is not worth that. */
async function drain(request: Request, stream: Readable): Promise<void> {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBulkBytes) request.destroy();
  });
}

function parseManifest(text: unknown): BulkManifest | undefined {
  if (text === undefined) return undefined;
  try {
    return bulkManifestSchema.parse(JSON.parse(String(text)));
  } catch (cause) {
    throw new AppError('invalid', 'The manifest is not a JSON array of what is known of each file.', {
      cause,
    });
  }
}

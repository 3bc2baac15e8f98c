import type { Readable } from 'node:stream';
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

/** Files that are on their way to the disk at once: enough for their syncs to share one journal commit. */
const maxInFlight = 64;
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
  { store, storeMany, maxBytes, memory }: BulkRequest<T>,
): Promise<BulkOutcome<T>[]> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + envelopeBytes) {
    throw new AppError(
      'too_large',
      `One request takes at most ${maxBytes} bytes of files. Send fewer at once.`,
    );
  }
  const outcomes: BulkOutcome<T>[] = [];
  const places = new Semaphore(maxInFlight);
  const coming = new Set<Readable>();
  const underWay = new Set<Promise<void>>();
  let whole: { file: WholeBulkFile; done: () => void }[] = [];
  let manifest: BulkManifest | undefined;
  let bytes = 0;

  const count = (length: number): void => {
    bytes += length;
    if (bytes > maxBytes)
      throw new AppError('too_large', 'The request holds too much. Send fewer files at once.');
  };

  const settle = ({ index, path }: Pick<BulkFile, 'index' | 'path'>, stored: T | Error): void => {
    outcomes[index] = isError(stored) ? { path, error: toAppError(stored) } : { path, stored };
    if (!isError(stored)) memory?.note(path, stored);
  };

  const storeWhole = async (): Promise<void> => {
    const taken = whole;
    whole = [];
    const files = taken.map(({ file }) => file);
    const answers = await storeMany!(files).catch((error: Error) => files.map(() => error));
    taken.forEach(({ file, done }, index) => {
      settle(file, answers[index]!);
      done();
    });
  };

  /** Resolves when the file has its outcome. */
  const storeTogether = (file: Omit<WholeBulkFile, 'bytes'>, bytes: Uint8Array): Promise<void> =>
    new Promise((done) => {
      // Whoever is whole in this turn of the event loop comes along.
      if (whole.length === 0) setImmediate(storeWhole);
      whole.push({ file: { ...file, bytes }, done });
    });

  const receiveOne = async (
    index: number,
    name: string,
    stream: Readable,
    fields: BulkFile['fields'],
  ): Promise<void> => {
    const { path = name, size, sha256, modifiedAt, ifMatch, onConflict } = manifest?.[index] ?? {};
    await places.acquire();
    try {
      if (path === '') throw new AppError('invalid', 'A file has no name.', { reason: 'bad_name' });
      const earlier = memory?.earlier.get(path);
      if (earlier !== undefined) {
        stream.resume();
        outcomes[index] = { path, stored: earlier };
        return;
      }
      const file = {
        index,
        path,
        modifiedAt: modifiedAt === undefined ? undefined : new Date(modifiedAt),
        ifMatch,
        onConflict,
        expected: { size, sha256 },
        fields,
      };
      if (storeMany && size !== undefined && size <= maxWholeBytes)
        await storeTogether(file, await gathered(stream, size, count));
      else settle(file, await store({ ...file, bytes: counted(stream, count) }));
    } catch (error) {
      void drain(request, stream);
      settle({ index, path }, error as Error);
    } finally {
      places.release();
    }
  };

  const engine: StorageEngine = {
    _handleFile({ body }, { stream, originalname }, done) {
      const index = outcomes.length;
      outcomes.push({ path: originalname });
      try {
        manifest ??= parseManifest((body as BulkFile['fields']).manifest);
      } catch (error) {
        stream.resume();
        done(error);
        return;
      }
      coming.add(stream);
      const receiving = receiveOne(index, originalname, stream, body as BulkFile['fields']).then(() => {
        coming.delete(stream);
        underWay.delete(receiving);
        done(null, {});
      });
      underWay.add(receiving);
    },
    _removeFile: (_request, _file, done) => done(null),
  };
  const receive = multer({
    storage: engine,
    preservePath: true,
    defParamCharset: 'utf8',
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

  const received = new Promise<void>((resolve, reject) => {
    receive(request, response, (error: unknown) => {
      if (error instanceof MulterError)
        reject(
          new AppError('invalid', `The request is not as expected: ${error.message}.`, { cause: error }),
        );
      else if (error)
        reject(
          error instanceof AppError
            ? error
            : new AppError('invalid', 'The request broke off or is not multipart.', { cause: error }),
        );
      else resolve();
    });
  });
  try {
    await received;
  } catch (error) {
    // What is whole is stored all the same: the answer, and who remembers it, waits for that.
    for (const stream of coming) stream.destroy();
    await Promise.all(underWay);
    throw error;
  }
  if (outcomes.length === 0)
    throw new AppError(
      'invalid',
      'There is no file in the request: send multipart/form-data with file parts.',
    );
  if (manifest && manifest.length !== outcomes.length) {
    throw new AppError(
      'invalid',
      `The manifest names ${manifest.length} files, but ${outcomes.length} came.`,
    );
  }
  return outcomes;
}

async function* counted(stream: Readable, count: (length: number) => void): AsyncGenerator<Uint8Array> {
  // Not destroyed by whoever stops reading: the parser needs every file read to its end.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    count(chunk.length);
    yield chunk;
  }
}

/** As `counted`, when all has come; throws when it is more than `size`, so that nobody fills the memory. */
function gathered(stream: Readable, size: number, count: (length: number) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    stream.on('data', (piece: Buffer) => {
      length += piece.length;
      try {
        count(piece.length);
        if (length > size) throw wrongSize(`More than ${size}`, size);
        pieces.push(piece);
      } catch (error) {
        reject(error);
      }
    });
    stream.on('end', () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
    stream.on('close', () => {
      // Only then: to make an error takes longer than all the rest.
      if (!stream.readableEnded) reject(new AppError('invalid', 'The request broke off.'));
    });
  });
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

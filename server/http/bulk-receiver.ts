import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { AppError } from '../contract/app-error.ts';
import { parentOf, resolvePath, type EntryPath } from '../contract/path.ts';
import { maxBulkBytes, maxBulkFiles } from '../contract/limits.ts';
import { bulkManifestSchema, type BulkManifest, type OnConflict } from '../contract/schemas.ts';
import { Semaphore } from '../base/semaphore.ts';
import type { UserActor } from '../access/actor.ts';
import type { FileEntry, FilesService } from '../files/files-service.ts';
import { toAppError } from './error-responder.ts';

export type BulkOutcome = { path: string; entry?: FileEntry; error?: AppError };

type BulkRequest = { user: UserActor; folder: EntryPath; onConflict: OnConflict; signal: AbortSignal };

/** Files that are on their way to the disk at once: enough for their syncs to share one journal commit. */
const maxInFlight = 32;
/** multipart adds a few hundred bytes to each file. */
const maxRequestBytes = maxBulkBytes + maxBulkFiles * 1024 + (1 << 20);

/**
 * Takes many small files from one multipart request straight into storage, each by itself: one that is refused leaves
 * the others alone, and every one is told of. Names are what the sender's manifest or the part says, never mended.
 */
export async function receiveBulk(
  request: Request,
  response: Response,
  files: FilesService,
  { user, folder, onConflict, signal }: BulkRequest,
): Promise<BulkOutcome[]> {
  if (Number(request.headers['content-length'] ?? 0) > maxRequestBytes) {
    throw new AppError(
      'too_large',
      `One request takes at most ${maxBulkBytes} bytes of files. Send fewer at once.`,
    );
  }
  const outcomes: BulkOutcome[] = [];
  const folders = new Map<EntryPath, Promise<void>>();
  const places = new Semaphore(maxInFlight);
  let manifest: BulkManifest | undefined;
  let bytes = 0;

  const makeFolder = (path: EntryPath): Promise<void> => {
    let made = folders.get(path);
    if (!made) folders.set(path, (made = files.makeDirectories(user, path)));
    return made;
  };

  async function* counted(stream: Readable): AsyncIterable<Uint8Array> {
    // Whoever stops reading, such as a full disk, must not break the request off for the other files.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBulkBytes)
        throw new AppError('too_large', 'The request holds too much. Send fewer files at once.');
      yield chunk;
    }
  }

  const store = async (index: number, name: string, stream: Readable): Promise<BulkOutcome> => {
    const { path = name, size, sha256, modifiedAt, ifMatch, ...own } = manifest?.[index] ?? {};
    await places.acquire();
    try {
      const target = resolvePath(folder, path);
      if (path === '') throw new AppError('invalid', 'A file has no name.', { reason: 'bad_name' });
      const parent = parentOf(target);
      if (parent) await makeFolder(parent);
      const entry = await files.write(user, target, counted(stream), {
        onConflict: ifMatch === undefined ? (own.onConflict ?? onConflict) : 'replace',
        ifMatch: ifMatch === undefined ? undefined : [ifMatch],
        modifiedAt: modifiedAt === undefined ? undefined : new Date(modifiedAt),
        expected: { size, sha256 },
        signal,
      });
      return { path, entry };
    } catch (error) {
      stream.resume();
      return { path, error: toAppError(error) };
    } finally {
      places.release();
    }
  };

  const engine: StorageEngine = {
    _handleFile({ body }, { stream, originalname }, done) {
      const index = outcomes.length;
      outcomes.push({ path: originalname });
      try {
        manifest ??= parseManifest((body as Record<string, unknown>).manifest);
      } catch (error) {
        stream.resume();
        done(error);
        return;
      }
      void store(index, originalname, stream).then((outcome) => {
        outcomes[index] = outcome;
        done(null, {});
      });
    },
    _removeFile: (_request, _file, done) => done(null),
  };
  const receive = multer({
    storage: engine,
    preservePath: true,
    defParamCharset: 'utf8',
    limits: {
      files: maxBulkFiles,
      fields: 1,
      parts: maxBulkFiles + 1,
      fieldNameSize: 100,
      fieldSize: 1 << 20,
      headerPairs: 20,
      fieldNestingDepth: 0,
    },
  } as multer.Options).any();

  await new Promise<void>((resolve, reject) => {
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

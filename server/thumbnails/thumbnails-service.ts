import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../contract/app-error.ts';
import { hasThumbnail } from '../contract/picture.ts';
import { nameOf, type EntryPath } from '../contract/path.ts';
import type { Actor } from '../access/actor.ts';
import type { Clock } from '../base/clock.ts';
import { Semaphore } from '../base/semaphore.ts';
import type { FilesService, OpenFile } from '../files/files-service.ts';
import { ThumbnailProcess } from './thumbnail-process.ts';
import { thumbnailKeyOf, ThumbnailStore, type ThumbnailKey } from './thumbnail-store.ts';

export type Thumbnail = { webp: Buffer; etag: string };

/** How large a picture may be, in bytes, to be unpacked for a small one. */
const maxPictureBytes = 64e6;
const maxWaiting = 300;

/** Pictures made small, one at a time, kept until the file changes. Whoever may read the file may see them. */
export class ThumbnailsService {
  readonly #files: FilesService;
  readonly #store: ThumbnailStore;
  readonly #clock: Clock;
  readonly #process = new ThumbnailProcess();
  readonly #queue = new Semaphore(1, maxWaiting);
  #isClosing = false;

  constructor(files: FilesService, folder: string, clock: Clock) {
    this.#files = files;
    this.#store = new ThumbnailStore(folder);
    this.#clock = clock;
  }

  /** Throws `invalid`, reason `no_picture`, for a file that holds no picture that could be made small. */
  async get(actor: Actor, path: EntryPath, signal: AbortSignal): Promise<Thumbnail> {
    const file = await this.#files.open(actor, path);
    try {
      if (!hasThumbnail(nameOf(path)) || file.entry.size > maxPictureBytes) throw noPicture();
      const key = thumbnailKeyOf(path, file.entry.etag);
      const webp = (await this.#store.find(key)) ?? (await this.#makeInTurn(key, file, signal));
      if (webp.length === 0) throw noPicture();
      return { webp, etag: `${file.entry.etag}.small` };
    } finally {
      file.close();
    }
  }

  async sweep(): Promise<void> {
    await this.#store.sweep(this.#clock().getTime());
  }

  /** Ends what is being made, and makes nothing any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#process.close();
    // Behind all who wait for their turn, who are refused in it.
    await this.#queue.run(async () => {}).catch(() => {});
  }

  #makeInTurn(key: ThumbnailKey, file: OpenFile, signal: AbortSignal): Promise<Buffer> {
    return this.#queue.run(async () => {
      // Who scrolled on wants it no more; and another may have wanted the same.
      signal.throwIfAborted();
      if (this.#isClosing) throw stopping();
      return (await this.#store.find(key)) ?? this.#make(key, file);
    });
  }

  async #make(key: ThumbnailKey, file: OpenFile): Promise<Buffer> {
    const [whole, small] = [await this.#store.temporaryFile(), await this.#store.temporaryFile()];
    try {
      await pipeline(file.bytes(), copied, createWriteStream(whole, { flags: 'wx', mode: 0o600 }));
      const isMade = await this.#process.make(whole, small);
      // Otherwise it would be remembered that this picture cannot be made small.
      if (!isMade && this.#isClosing) throw stopping();
      await this.#store.put(key, isMade ? small : undefined);
      return (await this.#store.find(key)) ?? Buffer.alloc(0);
    } finally {
      await Promise.all([rm(whole, { force: true }), rm(small, { force: true })]);
    }
  }
}

/** A chunk of an open file is valid only until the next one is asked for; a stream holds on to several. */
async function* copied(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield Uint8Array.from(chunk);
}

function stopping(): AppError {
  return new AppError('unavailable', 'The server is stopping. Try again in a moment.');
}

function noPicture(): AppError {
  return new AppError('invalid', 'There is no picture in this file that could be made small.', {
    reason: 'no_picture',
  });
}

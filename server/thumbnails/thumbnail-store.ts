import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EntryPath } from '../contract/path.ts';

/** A thumbnail's name in the store: it changes with what it shows. */
export type ThumbnailKey = string & { readonly brand: 'ThumbnailKey' };

export function thumbnailKeyOf(path: EntryPath, etag: string): ThumbnailKey {
  return createHash('sha256')
    .update(JSON.stringify([path, etag]))
    .digest('hex') as ThumbnailKey;
}

const maxAgeMs = 30 * 86_400_000;
const maxBytes = 1e9;

/** Thumbnails on the disk. All of it can be made anew at any time: nothing is synced, and anything may be deleted. */
export class ThumbnailStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The picture; empty where it is known that none can be made; undefined where that is not known. */
  async find(key: ThumbnailKey): Promise<Buffer | undefined> {
    return readFile(this.#fileOf(key)).catch(() => undefined);
  }

  /** The name of a new file for something unfinished. */
  async temporaryFile(): Promise<string> {
    const folder = join(this.#folder, 'unfinished');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return join(folder, randomUUID());
  }

  /** Takes a finished picture in; without one, remembers that there is none. */
  async put(key: ThumbnailKey, file?: string): Promise<void> {
    const target = this.#fileOf(key);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    if (file) await rename(file, target);
    else await writeFile(target, '', { mode: 0o600 });
  }

  /** Deletes what is old, and the oldest of what is too much. */
  async sweep(now: number): Promise<void> {
    const files: { file: string; bytes: number; madeAt: number }[] = [];
    for (const name of await readdir(this.#folder, { recursive: true }).catch(() => [])) {
      const file = join(this.#folder, name);
      const found = await stat(file).catch(() => undefined);
      // A block is the least that a file takes.
      if (found?.isFile()) files.push({ file, bytes: Math.max(found.size, 4096), madeAt: found.mtimeMs });
    }
    let bytes = 0;
    for (const one of files.sort((a, b) => b.madeAt - a.madeAt)) {
      bytes += one.bytes;
      if (bytes > maxBytes || now - one.madeAt > maxAgeMs) await rm(one.file, { force: true });
    }
  }

  #fileOf(key: ThumbnailKey): string {
    return join(this.#folder, key.slice(0, 2), `${key.slice(2)}.webp`);
  }
}

import { createHash } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';
import type { EntryPath } from '../contract/path.ts';
import type { Actor } from '../access/actor.ts';
import type { Checksums, ChecksumsRepository } from './checksums-repository.ts';
import type { FilesService, StoredEntry } from './files-service.ts';

type HashOptions = { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void };

/** Checksums of files, remembered for as long as a file's etag stays the same. */
export class ChecksumService {
  readonly #checksums: ChecksumsRepository;
  readonly #files: FilesService;

  constructor(checksums: ChecksumsRepository, files: FilesService) {
    this.#checksums = checksums;
    this.#files = files;
  }

  /** What is known of a file's content; with `compute`, the file is read where nothing is known. */
  async describe(
    actor: Actor,
    path: EntryPath,
    { compute, signal }: { compute: boolean; signal?: AbortSignal },
  ): Promise<{ sha256: string | null; xxh64: string | null; etag: string; size: number }> {
    if (compute) {
      const { entry, sha256, xxh64 = null } = await this.identify(actor, path, { signal });
      return { sha256, xxh64, etag: entry.etag, size: entry.size };
    }
    const { kind, etag, size } = await this.#files.stat(actor, path, 'read');
    if (kind === 'directory') throw new AppError('conflict', 'A folder has no checksum; its files do.');
    const { sha256 = null, xxh64 = null } = (await this.#checksums.find(path, etag)) ?? {};
    return { sha256, xxh64, etag, size };
  }

  /** The checksum of the file's bytes, in hexadecimal. */
  async sha256(actor: Actor, path: EntryPath, signal?: AbortSignal): Promise<string> {
    return (await this.identify(actor, path, { signal })).sha256;
  }

  /** The same together with the entry that it is the checksum of, and what else is known of it. `onBytes` is told of bytes as they are read. */
  async identify(
    actor: Actor,
    path: EntryPath,
    { signal, onBytes }: HashOptions = {},
  ): Promise<Checksums & { entry: StoredEntry }> {
    const file = await this.#files.open(actor, path);
    try {
      const { entry } = file;
      const known = await this.#checksums.find(path, entry.etag);
      if (known) return { entry, ...known };
      const hash = createHash('sha256');
      for await (const chunk of file.bytes()) {
        signal?.throwIfAborted();
        hash.update(chunk);
        onBytes?.(chunk.length);
      }
      const sha256 = hash.digest('hex');
      await this.#checksums.put({ path, etag: entry.etag, sha256 });
      return { entry, sha256 };
    } finally {
      file.close();
    }
  }
}

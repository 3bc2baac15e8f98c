import { createHash } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';
import type { EntryPath } from '../contract/path.ts';
import type { Actor } from '../access/actor.ts';
import type { ChecksumsRepository } from './checksums-repository.ts';
import type { FilesService } from './files-service.ts';

/** SHA-256 of files, remembered for as long as a file's etag stays the same. */
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
  ): Promise<{ sha256: string | null; etag: string; size: number }> {
    if (compute) return this.#compute(actor, path, signal);
    const { kind, etag, size } = await this.#files.stat(actor, path, 'read');
    if (kind === 'directory') throw new AppError('conflict', 'A folder has no checksum; its files do.');
    return { sha256: (await this.#checksums.find(path, etag)) ?? null, etag, size };
  }

  /** The checksum of the file's bytes, in hexadecimal. */
  async sha256(actor: Actor, path: EntryPath, signal?: AbortSignal): Promise<string> {
    return (await this.#compute(actor, path, signal)).sha256;
  }

  async #compute(actor: Actor, path: EntryPath, signal: AbortSignal | undefined) {
    const file = await this.#files.open(actor, path);
    try {
      const { etag, size } = file.entry;
      const known = await this.#checksums.find(path, etag);
      if (known) return { sha256: known, etag, size };
      const hash = createHash('sha256');
      for await (const chunk of file.bytes()) {
        signal?.throwIfAborted();
        hash.update(chunk);
      }
      const sha256 = hash.digest('hex');
      await this.#checksums.put(path, etag, sha256);
      return { sha256, etag, size };
    } finally {
      file.close();
    }
  }
}

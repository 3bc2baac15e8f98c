import { createHash } from 'node:crypto';
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

  /** The checksum of the file's bytes, in hexadecimal. */
  async sha256(actor: Actor, path: EntryPath, signal?: AbortSignal): Promise<string> {
    const file = await this.#files.open(actor, path);
    try {
      const { etag } = file.entry;
      const known = await this.#checksums.find(path, etag);
      if (known) return known;
      const hash = createHash('sha256');
      for await (const chunk of file.bytes()) {
        signal?.throwIfAborted();
        hash.update(chunk);
      }
      const sha256 = hash.digest('hex');
      await this.#checksums.put(path, etag, sha256);
      return sha256;
    } finally {
      file.close();
    }
  }
}

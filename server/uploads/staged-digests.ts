import { FileDigest } from '../base/file-digest.ts';

/** States of hashes that are kept at once; what falls out is read again. */
const maxKept = 2000;

/**
 * SHA-256 and XXH64 of what has come of each upload, carried on from request to request, so that a finished file need not be read
 * again. After a restart nothing is known: then the staging file is read from its start behind the bytes that come.
 */
export class StagedDigests {
  readonly #digests = new Map<string, FileDigest>();

  /** The digest of the upload `id`, whose bytes wait in the file at `path`, made when there is none. */
  of(id: string, path: string): FileDigest {
    const digest = this.#digests.get(id) ?? new FileDigest(path, { withXxh64: true });
    // The one used last goes to the end, so that the one not used for longest falls out.
    this.#digests.delete(id);
    this.#digests.set(id, digest);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > maxKept && oldest !== undefined) this.forget(oldest);
    return digest;
  }

  forget(id: string): void {
    this.#digests.get(id)?.forget();
    this.#digests.delete(id);
  }

  /** What is being read for nobody must not keep the process. */
  close(): void {
    for (const id of this.#digests.keys()) this.forget(id);
  }
}

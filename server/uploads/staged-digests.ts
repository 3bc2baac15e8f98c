import { createHash, type Hash } from 'node:crypto';
import { readStagingFile } from './staging-file.ts';

/** States of hashes that are kept at once; what falls out is read again. */
const maxKept = 2000;

/**
 * SHA-256 of what has come of each upload, carried on from request to request, so that a finished file need not be read
 * again. After a restart nothing is known: then the staging file is read behind the bytes that come.
 */
export class StagedDigests {
  readonly #digests = new Map<string, StagedDigest>();

  /** The digest of the upload `id`, made when there is none. */
  of(id: string): StagedDigest {
    const digest = this.#digests.get(id) ?? new StagedDigest();
    // The one used last goes to the end, so that the one not used for longest falls out.
    this.#digests.delete(id);
    this.#digests.set(id, digest);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > maxKept && oldest !== undefined) this.#digests.delete(oldest);
    return digest;
  }

  forget(id: string): void {
    this.#digests.delete(id);
  }
}

/** The hash of the first bytes of a staging file. */
export class StagedDigest {
  #hash = createHash('sha256');
  #bytes = 0;
  #reading: Promise<void> | undefined;

  /**
   * A hash to go on with from `offset`, when all before it is hashed; else undefined, and what is before `offset` in
   * the file is read meanwhile.
   */
  begin(path: string, offset: number): Hash | undefined {
    if (this.#bytes === offset && !this.#reading) return this.#hash.copy();
    void this.#readUpTo(path, offset).catch(() => {});
    return undefined;
  }

  /** As `begin`, waiting until all before `offset` is hashed. */
  async catchUp(path: string, offset: number): Promise<Hash> {
    await this.#readUpTo(path, offset);
    return this.#hash.copy();
  }

  /** Takes over a hash that `begin` or `catchUp` handed out, now that the bytes up to `end` are in the file. */
  commit(hash: Hash, end: number): void {
    this.#hash = hash;
    this.#bytes = end;
  }

  /** In hexadecimal, of a file of `size` bytes that is complete. */
  async finish(path: string, size: number): Promise<string> {
    await this.#readUpTo(path, size);
    return this.#hash.copy().digest('hex');
  }

  /** One reader at a time, each going on where the last one stopped. */
  async #readUpTo(path: string, end: number): Promise<void> {
    while (this.#reading) await this.#reading.catch(() => {});
    if (this.#bytes >= end) return;
    this.#reading = this.#read(path, end).finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #read(path: string, end: number): Promise<void> {
    for await (const chunk of readStagingFile(path, this.#bytes, end)) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    }
  }
}

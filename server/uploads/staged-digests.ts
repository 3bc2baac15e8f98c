import { FileDigest, type FileDigestAlgorithm } from '../base/file-digest.ts';
import type { UploadRow } from './uploads-repository.ts';

/** States of hashes that are kept at once; what falls out is read again. */
const maxKept = 2000;

/**
 * The digests of what has come of one upload. The SHA-256 is taken of each, as it is what the server knows its files by;
 * at leisure where the sender verifies by XXH64.
 */
export class StagedDigest {
  readonly #path: string;
  readonly #digests = new Map<FileDigestAlgorithm, FileDigest>();

  constructor({ staging_path, checksum }: Pick<UploadRow, 'staging_path' | 'checksum'>) {
    this.#path = staging_path;
    if (checksum === 'xxh64') this.#of('xxh64');
    this.#digests.set('sha256', new FileDigest(staging_path, 'sha256', checksum ? 'patient' : 'prompt'));
  }

  advance(end: number): void {
    for (const digest of this.#digests.values()) digest.advance(end);
  }

  /** Of the first `end` bytes, in hexadecimal; `fd` as in `FileDigest`. */
  upTo(algorithm: FileDigestAlgorithm, end: number, fd?: number): Promise<string> {
    return this.#of(algorithm).upTo(end, fd);
  }

  keep(): void {
    for (const digest of this.#digests.values()) digest.keep();
  }

  goBack(): void {
    for (const digest of this.#digests.values()) digest.goBack();
  }

  forget(): void {
    for (const digest of this.#digests.values()) digest.forget();
  }

  /** Who says an XXH64 without having announced it has the file read once more. */
  #of(algorithm: FileDigestAlgorithm): FileDigest {
    const digest = this.#digests.get(algorithm) ?? new FileDigest(this.#path, algorithm);
    this.#digests.set(algorithm, digest);
    return digest;
  }
}

/**
 * The digests of each upload, carried on from request to request, so that a finished file need not be read again. After a
 * restart nothing is known: then the staging file is read from its start behind the bytes that come.
 */
export class StagedDigests {
  readonly #digests = new Map<string, StagedDigest>();

  /** That of an upload, made when there is none. */
  of(row: UploadRow): StagedDigest {
    const digest = this.#digests.get(row.id) ?? new StagedDigest(row);
    // The one used last goes to the end, so that the one not used for longest falls out.
    this.#digests.delete(row.id);
    this.#digests.set(row.id, digest);
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

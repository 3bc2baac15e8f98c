import { createHash, hash } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';

export type DigestAlgorithm = 'sha1' | 'sha256';
/** What a digest of some bytes must be, in hexadecimal. */
export type ExpectedDigest = { algorithm: DigestAlgorithm; hex: string };

/** What a sender says of the bytes to come. */
export type ExpectedBytes = {
  size?: number | undefined;
  /** In hexadecimal; a function is asked when all bytes have come, for what is said only then. */
  sha256?: string | undefined | (() => string | undefined);
};

/**
 * Passes bytes on while it hashes them and, at their end, throws `invalid` unless they are what was announced, so that
 * whoever stores them stores nothing.
 */
export class CheckedBytes implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #expected: ExpectedBytes;
  readonly #maxBytes: number;
  readonly #hash = createHash('sha256');
  #sha256: string | undefined;

  constructor(body: AsyncIterable<Uint8Array>, expected: ExpectedBytes, maxBytes: number) {
    this.#body = body;
    this.#expected = expected;
    this.#maxBytes = maxBytes;
  }

  /** Of all bytes, in hexadecimal; known when they have been passed on. */
  get sha256(): string {
    if (this.#sha256 === undefined) throw new AppError('internal', 'The bytes have not all come.');
    return this.#sha256;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of this.#body) {
      bytes += chunk.length;
      if (bytes > this.#maxBytes) throw fileTooLarge(this.#maxBytes);
      this.#hash.update(chunk);
      yield chunk;
    }
    const sha256 = this.#hash.digest('hex');
    requireExpected(this.#expected, bytes, sha256);
    this.#sha256 = sha256;
  }
}

/** As `CheckedBytes`, of bytes that are all there; answers their SHA-256 in hexadecimal. */
export function checkWhole(bytes: Uint8Array, expected: ExpectedBytes, maxBytes: number): string {
  if (bytes.length > maxBytes) throw fileTooLarge(maxBytes);
  const sha256 = hash('sha256', bytes);
  requireExpected(expected, bytes.length, sha256);
  return sha256;
}

function requireExpected({ size, sha256: said }: ExpectedBytes, bytes: number, sha256: string): void {
  if (size !== undefined && bytes !== size) throw wrongSize(bytes, size);
  const wanted = typeof said === 'function' ? said() : said;
  if (wanted !== undefined && wanted !== sha256) throw digestMismatch();
}

export function wrongSize(arrived: number | string, announced: number): AppError {
  return new AppError(
    'invalid',
    `${arrived} bytes arrived where ${announced} were announced. Send the file again.`,
    { reason: 'wrong_size' },
  );
}

export function digestMismatch(): AppError {
  return new AppError('invalid', 'The bytes that arrived do not match their checksum. Send them again.', {
    reason: 'digest_mismatch',
  });
}

export function fileTooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The largest file that may be stored here has ${maxBytes} bytes.`, {
    reason: 'file_too_large',
  });
}

import { createHash } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';

/** What a sender says of the bytes to come. */
export type ExpectedBytes = { size?: number | undefined; sha256?: string | undefined };

/**
 * Passes bytes on and, at their end, throws `invalid` unless they are what was announced, so that whoever stores them
 * stores nothing.
 */
export async function* verifiedBytes(
  body: AsyncIterable<Uint8Array>,
  { size, sha256 }: ExpectedBytes,
): AsyncIterable<Uint8Array> {
  const hash = sha256 === undefined ? undefined : createHash('sha256');
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    hash?.update(chunk);
    yield chunk;
  }
  if (size !== undefined && bytes !== size) {
    throw new AppError(
      'invalid',
      `${bytes} bytes arrived where ${size} were announced. Send the file again.`,
      { reason: 'wrong_size' },
    );
  }
  if (hash && hash.digest('hex') !== sha256) {
    throw new AppError(
      'invalid',
      'The bytes that arrived do not match their checksum. Send the file again.',
      { reason: 'digest_mismatch' },
    );
  }
}

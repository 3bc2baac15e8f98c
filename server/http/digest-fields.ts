import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AppError } from '../contract/app-error.ts';
import { digestMismatch } from '../files/checked-bytes.ts';
import type { ExpectedPart, FromStart, PartDigest } from '../uploads/uploads-service.ts';

/** By name, the length of a checksum of the bytes that a request brings. */
const partBytes = { sha1: 20, sha256: 32 } as const;
const partAlgorithms = Object.keys(partBytes) as (keyof typeof partBytes)[];
const fromStartBytes = { 'sha256-from-start': 32, 'xxh64-from-start': 8 } as const satisfies Record<
  FromStart,
  number
>;
const digestBytes = { ...partBytes, ...fromStartBytes } as const;
const tusAlgorithms = Object.keys(digestBytes) as (keyof typeof digestBytes)[];
/** As `Tus-Checksum-Algorithm` lists them. */
export const tusChecksumAlgorithms = tusAlgorithms.join(',');

/** The SHA-256, in hexadecimal, that `Repr-Digest` says the whole file has (RFC 9530 3). */
export function reprSha256(headers: IncomingHttpHeaders): string | undefined {
  return sha256In(headers['repr-digest'], 'Repr-Digest');
}

/**
 * The SHA-256 that a request says the file in its body has, in `Repr-Digest` or `Content-Digest`, which are one where
 * there is no content coding. What comes in a trailer is known when the body has come.
 */
export function expectedSha256(request: IncomingMessage): () => string | undefined {
  const said = [reprSha256(request.headers), contentSha256(request.headers)];
  return () => {
    const { trailers } = request;
    const all = new Set([...said, reprSha256(trailers), contentSha256(trailers)]);
    all.delete(undefined);
    if (all.size > 1) throw digestMismatch();
    return [...all][0];
  };
}

/** The SHA-256, in hexadecimal, that `Content-Digest` says this body has (RFC 9530 2). */
export function contentSha256(headers: IncomingHttpHeaders): string | undefined {
  return sha256In(headers['content-digest'], 'Content-Digest');
}

export function formatReprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}

/**
 * What a request says of the part of an upload that it brings: `Upload-Checksum` (tus 1.0.0, "Checksum"), which may
 * come after it as a trailer, or `Content-Digest`.
 */
export function partDigestOf(request: IncomingMessage): PartDigest | undefined {
  const isTrailer = /\bupload-checksum\b/i.test(String(request.headers.trailer ?? ''));
  if (isTrailer) {
    return { algorithms: partAlgorithms, told: () => uploadChecksum(request.trailers['upload-checksum']) };
  }
  const digest =
    uploadChecksum(request.headers['upload-checksum'] as string | undefined) ??
    contentDigest(request.headers);
  return digest && { algorithms: [digest.algorithm], told: () => digest };
}

function contentDigest(headers: IncomingHttpHeaders): ExpectedPart | undefined {
  const hex = contentSha256(headers);
  return hex === undefined ? undefined : { algorithm: 'sha256', hex };
}

function uploadChecksum(words: string | undefined): ExpectedPart | undefined {
  if (words === undefined) return undefined;
  const [name, value, ...rest] = words.trim().split(' ');
  const algorithm = tusAlgorithms.find((known) => known === name);
  if (!algorithm || value === undefined || rest.length > 0) {
    throw new AppError('invalid', `Upload-Checksum is one of ${tusChecksumAlgorithms} and a base64 value.`, {
      reason: 'checksum_algorithm',
    });
  }
  return { algorithm, hex: toHex(value, digestBytes[algorithm], 'Upload-Checksum') };
}

/** A dictionary of structured fields (RFC 9651 3.2) whose values are byte sequences. */
function sha256In(field: string | string[] | undefined, name: string): string | undefined {
  if (field === undefined) return undefined;
  const members = [field].flat().join(',').split(',');
  for (const member of members) {
    const [, algorithm, value] = /^\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):\s*$/.exec(member) ?? [];
    if (algorithm === undefined || value === undefined)
      throw new AppError('invalid', `${name} is a list such as sha-256=:<base64>: (RFC 9530).`);
    if (algorithm === 'sha-256') return toHex(value, digestBytes.sha256, name);
  }
  throw new AppError('invalid', `Of ${name}, only sha-256 is verified here.`, {
    reason: 'checksum_algorithm',
  });
}

function toHex(base64: string, bytes: number, name: string): string {
  const digest = Buffer.from(base64, 'base64');
  if (digest.length !== bytes || digest.toString('base64') !== base64)
    throw new AppError('invalid', `The value of ${name} is not ${bytes} bytes as base64.`);
  return digest.toString('hex');
}

import { randomId } from './random-id.ts';

/** What a load says of one of its files before the bytes come; one object a file part, in order. */
export type ManifestEntry = {
  path: string;
  size: number;
  modifiedAt: string;
  onConflict: 'fail' | 'rename' | 'replace';
  /** The etag of what may be replaced. */
  ifMatch: string | undefined;
};

/** A load as one body: read from the disk once, so that what is sent is what was hashed. */
export type PackedLoad = { body: Uint8Array<ArrayBuffer>; contentType: string };

export type Hash = (bytes: Uint8Array) => string;

const encoder = new TextEncoder();

/** Makes one multipart body of small files, whose bytes come one behind the other, with the SHA-256 of each. */
export function packLoad(entries: readonly ManifestEntry[], bytes: Uint8Array, hash: Hash): PackedLoad {
  const boundary = `drey-${randomId()}`;
  const parts: Uint8Array[] = [];
  const fileHead = encoder.encode(
    `\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  let end = 0;
  const manifest = entries.map((entry) => {
    const content = bytes.subarray(end, (end += entry.size));
    parts.push(fileHead, content);
    return { ...entry, sha256: hash(content) };
  });
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n${JSON.stringify(manifest)}`;
  parts.unshift(encoder.encode(head));
  parts.push(encoder.encode(`\r\n--${boundary}--\r\n`));
  return { body: joinBytes(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

import { createCipheriv, createHash } from 'node:crypto';

/** The bytes of one version of a file: the same again for the same name, like no other. */
export type Content = { name: string; bytes: Buffer; sha256: string };

export function contentOf(name: string, size: number): Content {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  const bytes = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
  return { name, bytes, sha256: sha256Of(bytes) };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

import { createSHA256, type IHasher } from 'hash-wasm';
import { packLoad, type ManifestEntry, type PackedLoad } from './load-packer.ts';

/** With `entries`, the blob is their files one behind the other, to be made into one request. */
export type DigestRequest = { id: number; blob: Blob; entries?: readonly ManifestEntry[] };
export type DigestAnswer = { id: number } & (
  { sha256: string } | { packed: PackedLoad } | { isUnreadable: true }
);

/** What is read of a large file at once. */
const pieceBytes = 4 * 1024 * 1024;

const hashers: IHasher[] = [];

async function answer({ id, blob, entries }: DigestRequest): Promise<DigestAnswer> {
  const hasher = hashers.pop() ?? (await createSHA256());
  try {
    if (!entries) return { id, sha256: await digest(blob, hasher) };
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const packed = packLoad(entries, bytes, (part) => hasher.init().update(part).digest('hex'));
    return { id, packed };
  } catch {
    return { id, isUnreadable: true };
  } finally {
    hashers.push(hasher);
  }
}

async function digest(blob: Blob, hasher: IHasher): Promise<string> {
  hasher.init();
  for (let start = 0; start < blob.size; start += pieceBytes) {
    hasher.update(new Uint8Array(await blob.slice(start, start + pieceBytes).arrayBuffer()));
  }
  return hasher.digest('hex');
}

addEventListener('message', ({ data }: MessageEvent<DigestRequest>) => {
  void answer(data).then((result) =>
    postMessage(result, { transfer: 'packed' in result ? [result.packed.body.buffer] : [] }),
  );
});

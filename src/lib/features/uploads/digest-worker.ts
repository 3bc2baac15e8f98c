import { createSHA256, type IHasher } from 'hash-wasm';
import { packLoad, type ManifestEntry, type PackedLoad } from './load-packer.ts';

/** What is known of the bytes so far, to go on from. */
export type HashState = Uint8Array;
/**
 * With `entries`, the blob is their files one behind the other, to be made into one request; with `after`, it goes on
 * where another one ended.
 */
export type DigestRequest = {
  id: number;
  blob: Blob;
  entries?: readonly ManifestEntry[];
  after?: HashState | undefined;
};
/** SHA-256 in hexadecimal. */
export type Digested = { sha256: string; state: HashState };
export type DigestAnswer = { id: number } & (Digested | { packed: PackedLoad } | { isUnreadable: true });

/** What is read of a large file at once. */
const pieceBytes = 4 * 1024 * 1024;

const hashers: IHasher[] = [];

async function answer({ id, blob, entries, after }: DigestRequest): Promise<DigestAnswer> {
  const hasher = hashers.pop() ?? (await createSHA256());
  try {
    if (!entries) return { id, ...(await digest(blob, hasher, after)) };
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const packed = packLoad(entries, bytes, (part) => hasher.init().update(part).digest('hex'));
    return { id, packed };
  } catch {
    return { id, isUnreadable: true };
  } finally {
    hashers.push(hasher);
  }
}

async function digest(blob: Blob, hasher: IHasher, after: HashState | undefined): Promise<Digested> {
  if (after) hasher.load(after);
  else hasher.init();
  for (let start = 0; start < blob.size; start += pieceBytes) {
    hasher.update(new Uint8Array(await blob.slice(start, start + pieceBytes).arrayBuffer()));
  }
  // Before the digest, which ends it.
  const state = hasher.save();
  return { sha256: hasher.digest('hex'), state };
}

addEventListener('message', ({ data }: MessageEvent<DigestRequest>) => {
  void answer(data).then((result) =>
    postMessage(result, { transfer: 'packed' in result ? [result.packed.body.buffer] : [] }),
  );
});

import { createXXHash64 } from 'hash-wasm';

const hasher = await createXXHash64();

/** What XXH64 (seed 0) has taken in so far. It can be copied, kept, and gone on with by another process. */
export type Xxh64 = Uint8Array;

export const emptyXxh64: Xxh64 = hasher.init().save();

export function addToXxh64(state: Xxh64, bytes: Uint8Array): Xxh64 {
  return hasher.load(state).update(bytes).save();
}

/** In hexadecimal, the first byte first, as `xxhsum -H1` prints it. */
export function hexOfXxh64(state: Xxh64): string {
  return hasher.load(state).digest();
}

/** Whether a state that was kept can be gone on with. */
export function isXxh64(state: Uint8Array): boolean {
  try {
    hasher.load(state);
    return true;
  } catch {
    return false;
  }
}

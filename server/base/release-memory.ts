/**
 * Gives back the memory of bytes that nobody reads any more. The collector would let tens of megabytes of them lie before
 * it begins, and then work hard.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  // A part of a larger buffer may have neighbours.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** How much of a text file is fetched to be shown, in bytes. */
export const maxTextBytes = 256_000;

export type TextHead = { text: string; isWhole: boolean };

/**
 * Reads the beginning of a text file of `size` bytes. Answers undefined when what is there is not text, and throws
 * when it cannot be fetched.
 */
export async function readTextHead(
  src: string,
  size: number,
  signal: AbortSignal,
): Promise<TextHead | undefined> {
  // A range of an empty file cannot be satisfied (RFC 9110 section 14.1.2).
  if (size === 0) return { text: '', isWhole: true };
  const response = await fetch(src, { headers: { range: `bytes=0-${maxTextBytes - 1}` }, signal });
  if (!response.ok || !response.body) throw new Error(`The server answered ${response.status}.`);
  const bytes = await readUpTo(response.body, maxTextBytes);
  const isWhole = size <= bytes.length;
  const text = decodeText(bytes, isWhole);
  return text === undefined ? undefined : { text, isWhole };
}

/** A server may ignore Range and send the whole file; what is beyond `limit` is then never read. */
async function readUpTo(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit);
  const reader = body.getReader();
  let length = 0;
  while (length < limit) {
    const { done, value } = await reader.read();
    if (done) break;
    const piece = value.subarray(0, limit - length);
    buffer.set(piece, length);
    length += piece.length;
  }
  await reader.cancel();
  return buffer.subarray(0, length);
}

/** UTF-16 if a byte order mark says so, else UTF-8. Answers undefined for bytes that no text holds. */
export function decodeText(bytes: Uint8Array, isWhole: boolean): string | undefined {
  const mark = `${bytes[0]},${bytes[1]}`;
  const encoding = mark === '255,254' ? 'utf-16le' : mark === '254,255' ? 'utf-16be' : 'utf-8';
  if (encoding === 'utf-8' && bytes.includes(0)) return undefined;
  // Streaming holds back a character that was cut in two at the end.
  return new TextDecoder(encoding).decode(bytes, { stream: !isWhole });
}

import { readBytes } from './byte-range.ts';

/** How much of a text file is fetched to be shown, in bytes. */
export const maxTextBytes = 256_000;

export type TextHead = { text: string; isWhole: boolean };

/**
 * Reads the beginning of a text file of `size` bytes, `limit` bytes at most. Answers undefined when what is there is not
 * text, and throws when it cannot be fetched.
 */
export async function readTextHead(
  src: string,
  size: number,
  signal: AbortSignal,
  limit = maxTextBytes,
): Promise<TextHead | undefined> {
  // A range of an empty file cannot be satisfied (RFC 9110 section 14.1.2).
  if (size === 0) return { text: '', isWhole: true };
  const bytes = await readBytes(src, 0, Math.min(size, limit), signal);
  const isWhole = size <= bytes.length;
  const text = decodeText(bytes, isWhole);
  return text === undefined ? undefined : { text, isWhole };
}

/** UTF-16 if a byte order mark says so, else UTF-8. Answers undefined for bytes that no text holds. */
export function decodeText(bytes: Uint8Array, isWhole: boolean): string | undefined {
  const mark = `${bytes[0]},${bytes[1]}`;
  const encoding = mark === '255,254' ? 'utf-16le' : mark === '254,255' ? 'utf-16be' : 'utf-8';
  if (encoding === 'utf-8' && bytes.includes(0)) return undefined;
  // Streaming holds back a character that was cut in two at the end.
  return new TextDecoder(encoding).decode(bytes, { stream: !isWhole });
}

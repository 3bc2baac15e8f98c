import type { ErrorBody } from '../../../../server/contract/app-error.ts';

/** Fetches `length` bytes from `start`, or fewer where the file ends before. Throws when they cannot be had. */
export async function readBytes(
  src: string,
  start: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const headers = { range: `bytes=${start}-${start + length - 1}` };
  const response = await fetch(src, { headers, signal });
  if (!response.ok || !response.body) throw new Error(await wordsOf(response));
  // A server may ignore Range and send the whole file.
  if (response.status !== 206 && start > 0) throw new Error('The server does not send parts of a file.');
  return readUpTo(response.body, length);
}

/** Why the server refuses, as it says it. */
async function wordsOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorBody> | undefined;
  return body?.error?.message ?? `The server answered ${response.status}.`;
}

/** What is beyond `limit` is never read. */
async function readUpTo(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
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

import type { Response } from 'express';

/** Is told each chunk that the socket took, and once whether all of them did. */
export type ByteMeter = { sent(bytes: number): void; end(isWhole: boolean): void };

/**
 * Sends a body of `bytes` bytes, each chunk of which is valid only until the next one is asked for. Resolves when the
 * client has all of it or has gone; what yields the chunks is ended in both cases.
 */
export async function writeChunks(
  response: Response,
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  meter?: ByteMeter,
): Promise<void> {
  let sent = 0;
  let isWhole = bytes === 0;
  try {
    if (isWhole) response.end();
    else {
      for await (const chunk of chunks) {
        sent += chunk.length;
        if (!(await writeChunk(response, chunk, sent === bytes))) return;
        meter?.sent(chunk.length);
        isWhole = sent === bytes;
      }
    }
  } finally {
    meter?.end(isWhole);
  }
}

/** Resolves when the socket has the chunk: true, or false when the client has gone. */
function writeChunk(response: Response, chunk: Uint8Array, isLast: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const left = () => resolve(false);
    response.once('close', left);
    const done = (error?: Error | null) => {
      response.off('close', left);
      resolve(!error);
    };
    if (isLast) response.end(chunk, () => done());
    else response.write(chunk, done);
  });
}

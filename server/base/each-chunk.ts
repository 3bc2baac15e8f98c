import { finished, Readable } from 'node:stream';

/**
 * Gives every chunk of `body` to `take`, and waits where that answers a promise; when it throws, the body is not read any
 * further. A stream flows meanwhile: to ask it for each chunk, as `for await` does, stops and starts its socket each time.
 */
export async function eachChunk(
  body: AsyncIterable<Uint8Array>,
  take: (chunk: Uint8Array) => Promise<void> | undefined,
): Promise<void> {
  if (!(body instanceof Readable)) {
    for await (const chunk of body) await take(chunk);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      body.off('data', onData).pause();
      reject(error as Error);
    };
    const onData = (chunk: Uint8Array): void => {
      try {
        const taken = take(chunk);
        if (!taken) return;
        body.pause();
        taken.then(() => body.resume(), fail);
      } catch (error) {
        fail(error);
      }
    };
    finished(body, { writable: false }, (error) => (error ? reject(error) : resolve()));
    body.on('data', onData);
  });
}

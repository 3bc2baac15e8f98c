import { AppError } from '../../server/contract/app-error.ts';
import { about } from '../exit-code.ts';
import { isPassing } from '../server-client.ts';
import type { StorageLocation } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';

/**
 * Hands a file on to what takes bytes and gives none back: standard output, a pipe, a device. A lost connection is taken
 * up again where it broke, as long as the file is the same.
 */
export async function printContent(
  api: StorageApi,
  { path, typed }: Pick<StorageLocation, 'path' | 'typed'>,
  write: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const pacing = api.client.createPacing();
  let printed = 0;
  let etag: string | undefined;
  for (;;) {
    const before = printed;
    try {
      const response = await api.read(path, {
        ...(etag !== undefined && { Range: `bytes=${printed}-`, 'If-Range': etag }),
      });
      if (etag !== undefined && response.statusCode !== 206) {
        response.destroy();
        throw new AppError('conflict', 'The file changed while it was read. Read it again.');
      }
      if (etag === undefined) etag = response.headers.etag;
      const size = printed + Number(response.headers['content-length']);
      let unwritten: unknown;
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          await write(chunk).catch((error: unknown) => {
            throw (unwritten = error);
          });
          printed += chunk.length;
        }
      } catch (cause) {
        if (unwritten) throw unwritten;
        throw new AppError('unavailable', 'The connection was lost in the middle of the file.', { cause });
      }
      if (printed < size)
        throw new AppError('unavailable', 'The connection was lost in the middle of the file.');
      return;
    } catch (error) {
      if (!isPassing(error) || etag === undefined) throw about(typed, error);
      if (printed > before) pacing.reset();
      await pacing.waitAfter(error);
    }
  }
}

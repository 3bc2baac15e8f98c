import { constants, read as readCallback } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AppError } from '../contract/app-error.ts';

export type ReadBuffers = [Buffer, Buffer];
type Options = { flags?: number; buffers?: ReadBuffers };

const readInto = promisify(readCallback);

/** The size of a chunk is that of a buffer. */
export function makeReadBuffers(bytes: number): ReadBuffers {
  return [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)];
}

/**
 * The bytes of a file, by its path or by the number under which this process has it open, from `start` to `end`, the
 * latter not included. Two buffers take turns, so that a large file leaves nothing to collect: a chunk is valid until
 * the next one is asked for, and that is read meanwhile.
 */
export async function* readFileRange(
  file: string | number,
  start: number,
  end: number,
  { flags = constants.O_RDONLY, buffers = makeReadBuffers(1024 * 1024) }: Options = {},
): AsyncGenerator<Uint8Array> {
  if (start === end) return;
  await using opened = typeof file === 'string' ? await open(file, flags) : undefined;
  const fd = opened?.fd ?? (file as number);
  const read = async (buffer: Buffer, position: number) => {
    const { bytesRead } = await readInto(fd, buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0)
      throw new AppError(
        'conflict',
        `${typeof file === 'string' ? file : 'The file'} became shorter while it was read.`,
        { reason: 'changed' },
      );
    return buffer.subarray(0, bytesRead);
  };
  let [current, spare] = buffers;
  let ahead = read(current, start);
  for (let position = start; position < end;) {
    const chunk = await ahead;
    position += chunk.length;
    if (position < end) ahead = read(spare, position);
    // It is awaited in the next turn; until then a failure must not count as unhandled.
    ahead.catch(() => {});
    try {
      yield chunk;
    } finally {
      // The file is not closed under it.
      await ahead.catch(() => {});
    }
    [current, spare] = [spare, current];
  }
}

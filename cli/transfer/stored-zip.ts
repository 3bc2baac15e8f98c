import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { AppError } from '../../server/contract/app-error.ts';

const localHeaderBytes = 30;
const descriptorBytes = 16;

/**
 * Takes the files out of a zip that stores them as they are, in the order and with the sizes that were asked for (PKWARE's
 * APPNOTE 6.3.9, 4.3.7 and 4.3.9). Throws `unavailable` unless it is exactly that, checksums included.
 */
export async function readStoredZip(response: IncomingMessage, sizes: readonly number[]): Promise<Buffer[]> {
  const zip = await buffer(response).catch((cause: unknown) => {
    throw new AppError('unavailable', 'The connection was lost in the middle of an archive.', { cause });
  });
  const files: Buffer[] = [];
  let offset = 0;
  for (const size of sizes) {
    if (offset + localHeaderBytes > zip.length || zip.readUInt32LE(offset) !== 0x04034b50) throw unexpected();
    offset += localHeaderBytes + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    const end = offset + size;
    if (end + descriptorBytes > zip.length || zip.readUInt32LE(end) !== 0x08074b50) throw unexpected();
    const bytes = zip.subarray(offset, end);
    if (zip.readUInt32LE(end + 4) !== crc32(bytes) || zip.readUInt32LE(end + 12) !== size) throw unexpected();
    files.push(bytes);
    offset = end + descriptorBytes;
  }
  return files;
}

function unexpected(): AppError {
  return new AppError('unavailable', 'An archive came that does not hold what was asked for.');
}

import { crc32 } from 'node:zlib';
import { dataDescriptor, directoryRecord, endRecords, localHeader, type ZipRecord } from './zip-records.ts';

/** A file or a folder of an archive. `bytes` must yield exactly `size` bytes; what it yields may be used again after. */
export type ZipMember = ZipRecord & { bytes: () => AsyncIterable<Uint8Array> };

/** How long the zip of these members will be. */
export function zipLength(members: Iterable<ZipRecord>): number {
  let offset = 0;
  let directoryBytes = 0;
  let count = 0;
  for (const member of members) {
    directoryBytes += directoryRecord(member, 0, offset).length;
    offset += localHeader(member).length + member.size;
    if (!member.isDirectory) offset += dataDescriptor(member, 0).length;
    count += 1;
  }
  return offset + directoryBytes + endRecords(count, offset, directoryBytes).length;
}

/**
 * A zip whose members are stored as they are, made while it is sent: a chunk is valid until the next one is asked for.
 * When a member's bytes fail, so does this, before the central directory: no unpacker takes the rest for complete.
 */
export async function* streamZip(members: Iterable<ZipMember>): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const header = localHeader(member);
    yield header;
    let checksum = 0;
    if (!member.isDirectory) {
      let size = 0;
      for await (const chunk of member.bytes()) {
        checksum = crc32(chunk, checksum);
        size += chunk.length;
        yield chunk;
      }
      if (size !== member.size) throw new Error('A member of an archive has another length than was said.');
      yield dataDescriptor(member, checksum);
    }
    directory.push(directoryRecord(member, checksum, offset));
    offset += header.length + member.size + (member.isDirectory ? 0 : dataDescriptor(member, 0).length);
  }
  let directoryBytes = 0;
  for (const record of directory) {
    directoryBytes += record.length;
    yield record;
  }
  yield endRecords(directory.length, offset, directoryBytes);
}

const gatherBytes = 64 * 1024;

/** The same bytes with small chunks gathered into larger ones: a system call for each would cost more than it carries. */
export async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(gatherBytes);
  let used = 0;
  for await (const chunk of chunks) {
    if (used + chunk.length > gatherBytes) {
      if (used > 0) yield buffer.subarray(0, used);
      used = 0;
    }
    if (chunk.length >= gatherBytes) yield chunk;
    else {
      buffer.set(chunk, used);
      used += chunk.length;
    }
  }
  if (used > 0) yield buffer.subarray(0, used);
}

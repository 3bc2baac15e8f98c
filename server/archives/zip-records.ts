/** What the records of a zip say of one member (PKWARE's APPNOTE 6.3.9, the sections named below). */
export type ZipRecord = {
  /** As UTF-8; a folder's ends with a slash. */
  name: Buffer;
  isDirectory: boolean;
  size: number;
  modifiedAt: Date;
};

/** Where the old fields end and those of Zip64 begin. */
const maxField = 0xffffffff;
const maxCount = 0xffff;

const isLarge = (number: number) => number >= maxField;
const field = (number: number) => Math.min(number, maxField);
const utf8Names = 0x0800;
const lengthsFollow = 0x0008;
const flagsOf = ({ isDirectory }: ZipRecord) => utf8Names | (isDirectory ? 0 : lengthsFollow);
/** The version that an unpacker must understand: 4.5 knows Zip64, 2.0 folders. */
const versionOf = (needsZip64: boolean) => (needsZip64 ? 45 : 20);

/** 4.3.7; sizes and checksum come after the bytes. The Zip64 field says that they will have eight bytes each. */
export function localHeader(record: ZipRecord): Buffer {
  const large = isLarge(record.size);
  const extra = large ? zip64Field([record.size, record.size]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(versionOf(large), 4);
  header.writeUInt16LE(flagsOf(record), 6);
  header.writeUInt32LE(dosTime(record.modifiedAt), 10);
  header.writeUInt32LE(large ? maxField : 0, 18);
  header.writeUInt32LE(large ? maxField : 0, 22);
  header.writeUInt16LE(record.name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, record.name, extra]);
}

/** 4.3.9; what follows the bytes of a file. */
export function dataDescriptor({ size }: ZipRecord, checksum: number): Buffer {
  const large = isLarge(size);
  const descriptor = Buffer.alloc(large ? 24 : 16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(checksum, 4);
  if (large) {
    descriptor.writeBigUInt64LE(BigInt(size), 8);
    descriptor.writeBigUInt64LE(BigInt(size), 16);
  } else {
    descriptor.writeUInt32LE(size, 8);
    descriptor.writeUInt32LE(size, 12);
  }
  return descriptor;
}

/** 4.3.12; `offset` is where the member's local header is. */
export function directoryRecord(record: ZipRecord, checksum: number, offset: number): Buffer {
  const { name, isDirectory, size, modifiedAt } = record;
  const large = [...(isLarge(size) ? [size, size] : []), ...(isLarge(offset) ? [offset] : [])];
  const extra = large.length === 0 ? Buffer.alloc(0) : zip64Field(large);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  // Made on Unix, so that the mode below is looked at.
  header.writeUInt16LE((3 << 8) | 45, 4);
  header.writeUInt16LE(versionOf(large.length > 0), 6);
  header.writeUInt16LE(flagsOf(record), 8);
  header.writeUInt32LE(dosTime(modifiedAt), 12);
  header.writeUInt32LE(checksum, 16);
  header.writeUInt32LE(field(size), 20);
  header.writeUInt32LE(field(size), 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt16LE(isDirectory ? 0x10 : 0, 38);
  header.writeUInt16LE(isDirectory ? 0o040755 : 0o100644, 40);
  header.writeUInt32LE(field(offset), 42);
  return Buffer.concat([header, name, extra]);
}

/** 4.3.14 to 4.3.16; with the Zip64 records where the old ones cannot say it. */
export function endRecords(count: number, offset: number, bytes: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, maxCount), 8);
  end.writeUInt16LE(Math.min(count, maxCount), 10);
  end.writeUInt32LE(field(bytes), 12);
  end.writeUInt32LE(field(offset), 16);
  if (count < maxCount && !isLarge(offset) && !isLarge(bytes)) return end;

  const zip64 = Buffer.alloc(76);
  zip64.writeUInt32LE(0x06064b50, 0);
  zip64.writeBigUInt64LE(44n, 4);
  zip64.writeUInt16LE((3 << 8) | 45, 12);
  zip64.writeUInt16LE(45, 14);
  zip64.writeBigUInt64LE(BigInt(count), 24);
  zip64.writeBigUInt64LE(BigInt(count), 32);
  zip64.writeBigUInt64LE(BigInt(bytes), 40);
  zip64.writeBigUInt64LE(BigInt(offset), 48);
  zip64.writeUInt32LE(0x07064b50, 56);
  zip64.writeBigUInt64LE(BigInt(offset + bytes), 64);
  zip64.writeUInt32LE(1, 72);
  return Buffer.concat([zip64, end]);
}

/** 4.5.3: what the old fields are too small for, in their order. */
function zip64Field(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + numbers.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(numbers.length * 8, 2);
  numbers.forEach((number, index) => extra.writeBigUInt64LE(BigInt(number), 4 + index * 8));
  return extra;
}

/** 4.4.6: date and time of MS-DOS, which knows the years 1980 to 2107, here in UTC. */
function dosTime(date: Date): number {
  if (date.getUTCFullYear() < 1980) return dosTime(new Date(Date.UTC(1980, 0, 1)));
  if (date.getUTCFullYear() > 2107) return dosTime(new Date(Date.UTC(2107, 11, 31, 23, 59, 58)));
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

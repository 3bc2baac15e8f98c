import { crc32 } from 'node:zlib';

export type ZipMember = { name: string; bytes: Buffer; isDirectory: boolean; unixMode: number; year: number };
export type ZipEnd = { count: number; directoryOffset: number; directoryBytes: number; isZip64: boolean };

const signature = { local: 0x04034b50, central: 0x02014b50, descriptor: 0x08074b50 };
const end = { signature: 0x06054b50, bytes: 22 };
const zip64End = { signature: 0x06064b50, bytes: 56 };
const zip64Locator = { signature: 0x07064b50, bytes: 20 };

function require(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(`Not a sound zip: ${problem}.`);
}

/**
 * The end records (APPNOTE 4.3.14 to 4.3.16), from the last bytes of an archive of `total` bytes. Strict where unpackers
 * are lenient: what does not fit the old record must be in the Zip64 one.
 */
export function readZipEnd(tail: Buffer, total: number): ZipEnd {
  const at = tail.length - end.bytes;
  require(at >= 0 && tail.readUInt32LE(at) === end.signature, 'it does not end with an end record');
  require(tail.readUInt16LE(at + 20) === 0, 'its end record has a comment');
  const old = {
    count: tail.readUInt16LE(at + 10),
    directoryBytes: tail.readUInt32LE(at + 12),
    directoryOffset: tail.readUInt32LE(at + 16),
  };
  require(tail.readUInt16LE(at + 8) === old.count, 'it has several disks');
  const locatorAt = at - zip64Locator.bytes;
  const isZip64 = locatorAt >= 0 && tail.readUInt32LE(locatorAt) === zip64Locator.signature;
  if (!isZip64) {
    require(old.count < 0xffff &&
      old.directoryOffset < 0xffffffff, 'it needs a Zip64 end record and has none');
    require(old.directoryOffset + old.directoryBytes ===
      total - end.bytes, 'its directory is not where it says');
    return { ...old, isZip64 };
  }
  const recordAt = locatorAt - zip64End.bytes;
  require(tail.readUInt32LE(recordAt) === zip64End.signature, 'it has a locator and no Zip64 end record');
  require(Number(tail.readBigUInt64LE(locatorAt + 8)) ===
    total - (tail.length - recordAt), 'its locator leads elsewhere');
  const found = {
    count: Number(tail.readBigUInt64LE(recordAt + 32)),
    directoryBytes: Number(tail.readBigUInt64LE(recordAt + 40)),
    directoryOffset: Number(tail.readBigUInt64LE(recordAt + 48)),
  };
  require(Number(tail.readBigUInt64LE(recordAt + 24)) === found.count, 'its two counts differ');
  require(old.count === Math.min(found.count, 0xffff), 'the old count contradicts the new one');
  require(old.directoryOffset ===
    Math.min(found.directoryOffset, 0xffffffff), 'the old offset contradicts the new one');
  require(found.directoryOffset + found.directoryBytes ===
    total - (tail.length - recordAt), 'its directory is not where it says');
  return { ...found, isZip64 };
}

/**
 * Reads an archive of stored members as strictly as can be: every byte belongs to something, the directory and the
 * members agree, checksums are right, names are UTF-8, relative and distinct.
 */
export function readZip(zip: Buffer): ZipMember[] {
  const { count, directoryOffset, directoryBytes } = readZipEnd(zip, zip.length);
  const members: ZipMember[] = [];
  let at = directoryOffset;
  let next = 0;
  for (let index = 0; index < count; index += 1) {
    require(zip.readUInt32LE(at) === signature.central, 'a directory record is missing');
    const nameBytes = zip.readUInt16LE(at + 28);
    const extraBytes = zip.readUInt16LE(at + 30);
    const flags = zip.readUInt16LE(at + 8);
    require((flags & 0x800) !== 0, 'a name is not marked as UTF-8');
    require(zip.readUInt16LE(at + 10) === 0, 'a member is compressed');
    const size = zip.readUInt32LE(at + 24);
    require(zip.readUInt32LE(at + 20) === size, 'a stored member has two sizes');
    require(zip.readUInt32LE(at + 42) === next, 'a member does not follow the one before it');
    const name = new TextDecoder('utf-8', { fatal: true }).decode(zip.subarray(at + 46, at + 46 + nameBytes));
    const checksum = zip.readUInt32LE(at + 16);

    require(zip.readUInt32LE(next) === signature.local, 'a member is missing');
    require(zip.readUInt16LE(next + 6) === flags, 'a member and the directory disagree on flags');
    const localName = zip.subarray(next + 30, next + 30 + zip.readUInt16LE(next + 26)).toString();
    require(localName === name, 'a member and the directory disagree on a name');
    const start = next + 30 + zip.readUInt16LE(next + 26) + zip.readUInt16LE(next + 28);
    const bytes = zip.subarray(start, start + size);
    require(bytes.length === size && crc32(bytes) === checksum, `the checksum of "${name}" is wrong`);
    next = start + size;
    if ((flags & 8) !== 0) {
      require(zip.readUInt32LE(next) === signature.descriptor, 'a data descriptor is missing');
      require(zip.readUInt32LE(next + 4) === checksum, 'a data descriptor has another checksum');
      require(zip.readUInt32LE(next + 12) === size, 'a data descriptor has another size');
      next += 16;
    }
    members.push({
      name,
      bytes,
      isDirectory: name.endsWith('/'),
      unixMode: zip.readUInt16LE(at + 40),
      year: (zip.readUInt16LE(at + 14) >> 9) + 1980,
    });
    at += 46 + nameBytes + extraBytes;
  }
  require(next === directoryOffset, 'there is something between the members and the directory');
  require(at === directoryOffset + directoryBytes, 'the directory has another length than it says');
  const names = members.map(({ name }) => name);
  require(new Set(names).size === names.length, 'two members have one name');
  for (const name of names) {
    const segments = name.replace(/\/$/, '').split('/');
    require(segments.every((segment) => !['', '.', '..'].includes(segment)) &&
      !/\\|^[A-Za-z]:/.test(name), `"${name}" could leave the folder it is unpacked to`);
    // What is a file here must not be a folder there.
    for (let depth = 1; depth < segments.length; depth += 1) {
      require(!names.includes(segments.slice(0, depth).join('/')), `"${name}" lies in a file`);
    }
  }
  return members;
}

import { describe, expect, test } from 'vitest';
import { ArchiveNames } from '../../server/archives/archive-name.ts';
import { directoryRecord, endRecords, localHeader } from '../../server/archives/zip-records.ts';
import { gathered, streamZip, zipLength, type ZipMember } from '../../server/archives/zip-stream.ts';
import { readZip, readZipEnd } from '../support/zip-reader.ts';

const modifiedAt = new Date('2024-02-03T04:05:06Z');

function file(name: string, text: string): ZipMember {
  return {
    name: Buffer.from(name),
    isDirectory: false,
    size: Buffer.byteLength(text),
    modifiedAt,
    bytes: async function* () {
      yield Buffer.from(text);
    },
  };
}

async function collect(members: ZipMember[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of gathered(streamZip(members))) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('a zip', () => {
  test('of nothing is an end record (AR-07)', async () => {
    const zip = await collect([]);
    expect(zip.length).toBe(zipLength([]));
    expect(readZip(zip)).toEqual([]);
  });

  test('of more than 65,535 members loses none of them (AR-07)', async () => {
    const members = Array.from({ length: 65_600 }, (_, index) => file(`${index}.txt`, `${index}`));
    const zip = await collect(members);
    expect(zip.length).toBe(zipLength(members));
    expect(readZipEnd(zip, zip.length)).toMatchObject({ count: 65_600, isZip64: true });
  });

  test('of just as many as the old record can hold does without Zip64 (AR-07)', async () => {
    const members = Array.from({ length: 65_534 }, (_, index) => file(`${index}`, ''));
    const zip = await collect(members);
    expect(readZipEnd(zip, zip.length)).toMatchObject({ count: 65_534, isZip64: false });
  });

  test('past 4 GiB says sizes and places in Zip64 fields, and is as long as was said (AR-07)', () => {
    const huge = { ...file('huge', ''), size: 2 ** 32 + 5 };
    const local = localHeader(huge);
    expect(local.readUInt32LE(22)).toBe(0xffffffff);
    expect(local.readBigUInt64LE(30 + 4 + 4)).toBe(BigInt(2 ** 32 + 5));

    const record = directoryRecord(file('after', 'x'), 0, 2 ** 33);
    expect(record.readUInt32LE(24)).toBe(1);
    expect(record.readUInt32LE(42)).toBe(0xffffffff);
    // One field, the offset: the size fits where it always was.
    expect(record.readUInt16LE(46 + 5 + 2)).toBe(8);
    expect(record.readBigUInt64LE(46 + 5 + 4)).toBe(BigInt(2 ** 33));

    const both = directoryRecord(huge, 0, 2 ** 33);
    expect(both.readUInt16LE(46 + 4 + 2)).toBe(24);

    const end = endRecords(2, 2 ** 33, 100);
    const tail = readZipEnd(end, 2 ** 33 + 100 + end.length);
    expect(tail).toEqual({ count: 2, directoryOffset: 2 ** 33, directoryBytes: 100, isZip64: true });
    const small = file('after', 'x');
    const apart = localHeader(huge).length + huge.size + 24 + localHeader(small).length + 1 + 16;
    const directory = directoryRecord(huge, 0, 0).length + directoryRecord(small, 0, 2 ** 33).length;
    expect(zipLength([huge, small])).toBe(apart + directory + 98);
  });

  test('fails when a member yields other than it said, before the directory (AR-09)', async () => {
    const lying = { ...file('a.txt', 'hello'), size: 4 };
    const chunks: Buffer[] = [];
    const read = async () => {
      for await (const chunk of streamZip([lying, file('b.txt', 'x')])) chunks.push(Buffer.from(chunk));
    };
    await expect(read()).rejects.toThrow('another length');
    expect(Buffer.concat(chunks).includes('PK\x01\x02')).toBe(false);
  });

  test('that is not read to its end ends the member that is being read (AR-08)', async () => {
    let isEnded = false;
    const endless: ZipMember = {
      ...file('a', ''),
      size: 2 ** 40,
      bytes: async function* () {
        try {
          for (;;) yield Buffer.alloc(100_000);
        } finally {
          isEnded = true;
        }
      },
    };
    let bytes = 0;
    for await (const chunk of gathered(streamZip([endless]))) {
      bytes += chunk.length;
      if (bytes > 1_000_000) break;
    }
    expect(isEnded).toBe(true);
  });

  test('holds what its members yielded, though they use one buffer again and again (AR-09)', async () => {
    const reused = Buffer.alloc(70_000);
    const member: ZipMember = {
      ...file('a', ''),
      size: 210_003,
      bytes: async function* () {
        for (const letter of 'abc') yield reused.fill(letter);
        for (const letter of 'xyz') yield reused.fill(letter).subarray(0, 1);
      },
    };
    const [read] = readZip(await collect([member]));
    const expected = [...'abc'].map((letter) => letter.repeat(70_000)).join('');
    expect(read?.bytes.toString() === `${expected}xyz`).toBe(true);
  });
});

describe('names of an archive', () => {
  test('are told apart by a number before the extension, however often one comes (AR-03)', () => {
    const names = new ArchiveNames();
    expect(
      ['a.txt', 'a.txt', 'a.txt', 'd/.env', 'd/.env', 'x\\y', 'x_y', 'C:', 'c:\\x'].map((n) =>
        names.claim(n),
      ),
    ).toEqual(['a.txt', 'a (2).txt', 'a (3).txt', 'd/.env', 'd/.env (2)', 'x_y', 'x_y (2)', 'C_', 'c__x']);
  });
});

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { readStoredZip } from '../../cli/transfer/stored-zip.ts';
import { streamZip } from '../../server/archives/zip-stream.ts';

async function zipOf(contents: string[]): Promise<Buffer> {
  const members = contents.map((content, index) => ({
    name: Buffer.from(`file ${index}`),
    isDirectory: false,
    size: content.length,
    modifiedAt: new Date(),
    async *bytes() {
      yield Buffer.from(content);
    },
  }));
  return buffer(Readable.from(streamZip(members)).map((chunk: Uint8Array) => Buffer.from(chunk)));
}

const read = (zip: Buffer, sizes: number[]) =>
  readStoredZip(Readable.from([zip]) as unknown as IncomingMessage, sizes);

describe('the archive that small files travel in', () => {
  test('gives back each file, empty ones too', async () => {
    const files = await read(await zipOf(['one', '', 'three']), [3, 0, 5]);
    expect(files.map(String)).toEqual(['one', '', 'three']);
  });

  test('is refused when a bit of a file is not what its checksum says', async () => {
    const zip = await zipOf(['one', 'two']);
    const at = zip.indexOf('two');
    zip.writeUInt8(zip.readUInt8(at) ^ 1, at);
    await expect(read(zip, [3, 3])).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is refused when it breaks off, or holds files of other sizes', async () => {
    const zip = await zipOf(['one', 'two']);
    for (let length = 0; length < zip.indexOf('two') + 19; length += 1) {
      await expect(read(zip.subarray(0, length), [3, 3])).rejects.toThrow();
    }
    await expect(read(zip, [3, 4])).rejects.toThrow();
    await expect(read(zip, [2, 3])).rejects.toThrow();
  });
});

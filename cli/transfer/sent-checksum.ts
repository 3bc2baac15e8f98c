import { crc32 } from 'node:zlib';
import { readFileRange } from '../../server/base/file-range.ts';

/** The CRC-32 of the first `bytes` of a file. */
export type PrefixChecksum = { bytes: number; crc32: number };

/**
 * The CRC-32 of what was sent of a file, from its start, taken while it is sent. It can be kept, to be gone on with by
 * another process; what was sent after that is read again.
 */
export class SentChecksum {
  readonly #path: string;
  #kept: PrefixChecksum;
  #sent: PrefixChecksum;

  constructor(path: string, kept: PrefixChecksum = { bytes: 0, crc32: 0 }) {
    this.#path = path;
    this.#kept = this.#sent = kept;
  }

  /** That of the first `offset` bytes, which is where the next chunk follows. */
  async upTo(offset: number): Promise<PrefixChecksum> {
    if (this.#sent.bytes !== offset) {
      this.#sent = this.#kept.bytes <= offset ? this.#kept : { bytes: 0, crc32: 0 };
      for await (const chunk of readFileRange(this.#path, this.#sent.bytes, offset)) this.add(chunk);
    }
    return (this.#kept = this.#sent);
  }

  add(chunk: Uint8Array): void {
    const { bytes, crc32: before } = this.#sent;
    this.#sent = { bytes: bytes + chunk.length, crc32: crc32(chunk, before) };
  }

  /** What it will be when `rest` has been sent as well. */
  async followedBy(rest: AsyncIterable<Uint8Array>): Promise<number> {
    let whole = this.#sent.crc32;
    for await (const chunk of rest) whole = crc32(chunk, whole);
    return whole;
  }
}

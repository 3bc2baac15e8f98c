import { readFileRange } from '../../server/base/file-range.ts';
import { addToXxh64, emptyXxh64, hexOfXxh64, isXxh64, type Xxh64 } from '../../server/base/xxh64.ts';

/** Of the first `bytes` of a file, to be kept as JSON; the state as base64. */
export type KeptChecksum = { bytes: number; state: string };
type Prefix = { bytes: number; state: Xxh64 };

const nothing: Prefix = { bytes: 0, state: emptyXxh64 };

/**
 * The XXH64 of what was sent of a file, from its start, taken while it is sent. It can be kept, to be gone on with by
 * another process; what was sent after that is read again.
 */
export class SentChecksum {
  readonly #path: string;
  #kept: Prefix;
  #sent: Prefix;

  constructor(path: string, kept?: KeptChecksum) {
    this.#path = path;
    const state = Buffer.from(kept?.state ?? '', 'base64');
    this.#kept = this.#sent = kept && isXxh64(state) ? { bytes: kept.bytes, state } : nothing;
  }

  /** To be kept: that of the first `offset` bytes, which is where the next chunk follows. */
  async upTo(offset: number): Promise<KeptChecksum> {
    if (this.#sent.bytes !== offset) {
      this.#sent = this.#kept.bytes <= offset ? this.#kept : nothing;
      for await (const chunk of readFileRange(this.#path, this.#sent.bytes, offset))
        this.add(chunk, this.#sent.bytes);
    }
    this.#kept = this.#sent;
    return { bytes: offset, state: Buffer.from(this.#kept.state).toString('base64') };
  }

  /** Of what is sent from `start` on; what a try that was given up still had to say counts no more. */
  add(chunk: Uint8Array, start: number): void {
    const { bytes, state } = this.#sent;
    if (start !== bytes) return;
    this.#sent = { bytes: bytes + chunk.length, state: addToXxh64(state, chunk) };
  }

  /** In hexadecimal, what it will be when `rest` has been sent as well. */
  async followedBy(rest: AsyncIterable<Uint8Array>): Promise<string> {
    let { state } = this.#sent;
    for await (const chunk of rest) state = addToXxh64(state, chunk);
    return hexOfXxh64(state);
  }
}

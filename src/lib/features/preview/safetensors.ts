import { readBytes } from './byte-range.ts';

export type Tensor = { name: string; dtype: string; shape: number[]; bytes: number };
export type SafetensorsHeader = {
  tensors: Tensor[];
  /** Numbers held in all. */
  parameters: number;
  metadata: [string, string][];
  /** Whether the file is as long as its header says. */
  isWhole: boolean;
};

/** The format itself allows 100 MB; what is beyond this is no header that anybody reads. */
const maxHeaderBytes = 16e6;

/** Reads the header of a `.safetensors` file. Throws, in words for people, when there is none that makes sense. */
export async function readSafetensors(
  src: string,
  size: number,
  signal: AbortSignal,
): Promise<SafetensorsHeader> {
  if (size < 10) throw new Error('The file is too short to hold a header.');
  const prefix = await readBytes(src, 0, 8, signal);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > size - 8)
    throw new Error('The header would be longer than the file: it is damaged or cut off.');
  if (length > maxHeaderBytes) throw new Error('The header is too large to be shown here.');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(src, 8, length, signal));
  return parseHeader(JSON.parse(text), size - 8 - length);
}

/** `dataBytes` is how much follows the header. */
export function parseHeader(header: unknown, dataBytes: number): SafetensorsHeader {
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new Error('The header is damaged.');
  const { __metadata__: metadata, ...entries } = header as Record<string, unknown>;
  const tensors = Object.entries(entries).map(([name, value]) => readTensor(name, value));
  return {
    tensors,
    parameters: tensors.reduce(
      (sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1),
      0,
    ),
    metadata: Object.entries(metadata ?? {}).map(([key, value]) => [key, String(value)]),
    isWhole: tensors.reduce((sum, { bytes }) => sum + bytes, 0) === dataBytes,
  };
}

function readTensor(name: string, value: unknown): Tensor {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const isCount = (side: unknown) => Number.isSafeInteger(side) && (side as number) >= 0;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !shape.every(isCount))
    throw new Error('The header is damaged.');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw new Error('The header is damaged.');
  return { name, dtype, shape: shape as number[], bytes: Number(offsets[1]) - Number(offsets[0]) };
}

import { readBytes } from './byte-range.ts';

export type NpyHeader = {
  /** As NumPy writes it: `<f4`; a list for records. */
  type: string;
  /** In words, where it is one of the usual ones: `float32`. */
  typeName: string;
  shape: number[];
  isFortranOrder: boolean;
  /** Bytes that the values take; undefined where that cannot be said. */
  dataBytes: number | undefined;
  headerBytes: number;
};

const maxHeaderBytes = 1e6;
const kinds: Record<string, string> = {
  f: 'float',
  i: 'int',
  u: 'uint',
  c: 'complex',
  b: 'bool',
  S: 'bytes',
  U: 'text',
  M: 'datetime',
  m: 'timedelta',
  V: 'void',
  O: 'Python objects',
};

/** Reads the header of a `.npy` file. Throws, in words for people, when there is none that makes sense. */
export async function readNpy(src: string, size: number, signal: AbortSignal): Promise<NpyHeader> {
  if (size < 12) throw new Error('The file is too short to hold a header.');
  const start = await readBytes(src, 0, 12, signal);
  if (String.fromCharCode(...start.subarray(0, 6)) !== '\u0093NUMPY')
    throw new Error('It does not begin as a NumPy file does.');
  const view = new DataView(start.buffer, start.byteOffset);
  const isLong = view.getUint8(6) >= 2;
  const prefix = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > size - prefix)
    throw new Error('The header would be longer than the file: it is damaged or cut off.');
  if (length > maxHeaderBytes) throw new Error('The header is too large to be shown here.');
  const text = new TextDecoder().decode(await readBytes(src, prefix, length, signal));
  return { ...parseNpyHeader(text), headerBytes: prefix + length };
}

/** The header is a dictionary as Python writes it, with three entries that are always the same. */
export function parseNpyHeader(text: string): Omit<NpyHeader, 'headerBytes'> {
  const simple = /'descr':\s*'([^']{1,40})'/.exec(text)?.[1];
  const record = /'descr':\s*(\[.*?\])\s*,\s*'fortran_order'/s.exec(text)?.[1];
  const type = simple ?? record;
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || shape === undefined)
    throw new Error('The header is damaged.');
  const sides = shape.match(/\d+/g)?.map(Number) ?? [];
  const [, letter = '', width = ''] = /^[<>|=]?([a-zA-Z])(\d*)/.exec(simple ?? '') ?? [];
  const itemBytes = letter === 'U' ? 4 * Number(width) : Number(width);
  const count = sides.reduce((product, side) => product * side, 1);
  return {
    type,
    typeName: simple === undefined ? 'records' : nameOfType(letter, itemBytes, width),
    shape: sides,
    isFortranOrder: order === 'True',
    dataBytes: itemBytes > 0 && letter !== 'O' ? count * itemBytes : undefined,
  };
}

function nameOfType(letter: string, itemBytes: number, width: string): string {
  const kind = kinds[letter] ?? letter;
  if ('fiuc'.includes(letter)) return `${kind}${itemBytes * 8}`;
  return 'SUV'.includes(letter) ? `${kind} of ${width}` : kind;
}

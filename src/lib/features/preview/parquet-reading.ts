import { gunzipSync } from 'fflate';
import { decompress as unpackZstandard } from 'fzstd';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  snappyUncompress,
  type AsyncBuffer,
  type CompressionCodec,
  type Compressors,
  type FileMetaData,
  type SchemaTree,
} from 'hyparquet';
import { readBytes } from './byte-range.ts';
import { cellOf, maxColumns } from './csv-reading.ts';
import type { ParquetColumn, ParquetFacts } from './preview-questions.ts';

const maxRows = 100;
const maxMetadataBytes = 16e6;
/** Of one column, and of all together, in the first group of rows. */
const maxColumnBytes = 8e6;
const maxBytes = 32e6;
const maxPageBytes = 64e6;
const footerBytes = 8;
const { signal } = new AbortController();

/**
 * What can be unpacked here: what Parquet is nearly always packed with. Another way would have to be one that answers at
 * once, which a browser's own does not.
 */
const compressors: Compressors = {
  SNAPPY: bounded((input, page) => snappyUncompress(input, page)),
  ZSTD: bounded((input, page) => unpackZstandard(input, page)),
  GZIP: bounded((input, page) => gunzipSync(input, { out: page })),
};
const codecNames: Partial<Record<CompressionCodec, string>> = {
  BROTLI: 'Brotli',
  LZ4_RAW: 'LZ4',
};

/** Reads what a Parquet file says of itself, and its first rows, by ranges. Throws for what is none. */
export async function readParquet({ src, size }: { src: string; size: number }): Promise<ParquetFacts> {
  const file: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => (await readBytes(src, start, end - start, signal)).slice().buffer,
  };
  await requireFooter(file);
  const metadata = await parquetMetadataAsync(file);
  const children = parquetSchema(metadata).children;
  const columns = children.map(describeColumn);
  const facts = {
    rowCount: Number(metadata.num_rows),
    rowGroups: metadata.row_groups.length,
    createdBy: metadata.created_by,
    columns,
  };
  const { names, problem } = chooseColumns(metadata, children);
  const table = { columns: names, rows: [] as string[][], columnCount: columns.length };
  if (names.length === 0 || facts.rowCount === 0)
    return { ...facts, head: table, ...(problem && { problem }) };
  try {
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns: names,
      rowEnd: Math.min(maxRows, facts.rowCount),
      compressors,
    });
    table.rows = rows.map((row) => names.map((name) => cellOf(wordsOf(row[name]))));
    return { ...facts, head: table };
  } catch {
    return { ...facts, head: table, problem: 'Its rows cannot be read: the file is damaged.' };
  }
}

/** How much there is to know of the file is said by the file: it is not believed. */
async function requireFooter(file: AsyncBuffer): Promise<void> {
  if (file.byteLength < footerBytes + 4) throw new Error('It is too short.');
  const footer = new DataView(await file.slice(file.byteLength - footerBytes));
  if (footer.getUint32(4, true) !== 0x31524150) throw new Error('It does not end as a Parquet file does.');
  const bytes = footer.getUint32(0, true);
  if (bytes > maxMetadataBytes || bytes > file.byteLength - footerBytes)
    throw new Error('Its description is too large.');
}

/** The columns whose first values are worth fetching, or why there is none. */
function chooseColumns(
  { row_groups: [group] }: FileMetaData,
  children: SchemaTree[],
): { names: string[]; problem?: string } {
  const costs = new Map<string, number>();
  const codecs = new Set<string>();
  for (const { meta_data: column } of group?.columns ?? []) {
    if (!column) continue;
    const name = column.path_in_schema[0] ?? '';
    const isReadable = column.codec === 'UNCOMPRESSED' || column.codec in compressors;
    if (!isReadable) codecs.add(codecNames[column.codec] ?? column.codec);
    const cost = isReadable ? Number(column.total_compressed_size) : Infinity;
    costs.set(name, (costs.get(name) ?? 0) + cost);
  }
  let left = maxBytes;
  const names: string[] = [];
  for (const { element } of children) {
    const cost = costs.get(element.name) ?? Infinity;
    if (names.length >= maxColumns || !(cost >= 0 && cost <= Math.min(maxColumnBytes, left))) continue;
    left -= cost;
    names.push(element.name);
  }
  if (names.length > 0 || !group) return { names };
  if (codecs.size === 0) return { names, problem: 'Its rows are too large to be shown here.' };
  const packed = `Its rows are compressed with ${[...codecs].join(' and ')}, which cannot be unpacked in a preview.`;
  return { names, problem: `${packed} Below are its columns; to see its rows, download it.` };
}

/** How large a page is says the file: it is believed only so far. */
function bounded(unpack: (input: Uint8Array, page: Uint8Array) => unknown) {
  return (input: Uint8Array, bytes: number): Uint8Array => {
    if (bytes > maxPageBytes) throw new Error('A page is too large.');
    const page = new Uint8Array(bytes);
    unpack(input, page);
    return page;
  };
}

function describeColumn({ element, children }: SchemaTree): ParquetColumn {
  const logical = element.logical_type?.type ?? element.converted_type;
  const inner = children.map((child) => child.element.name).join(', ');
  const type = children.length > 0 ? `${logical ?? 'struct'} (${inner})` : (logical ?? element.type ?? '');
  return {
    name: element.name,
    type: cellOf(type.toLowerCase().replaceAll('_', ' ')),
    isNullable: element.repetition_type === 'OPTIONAL',
  };
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? Number(inner) : inner instanceof Uint8Array ? `${inner.length} bytes` : inner,
  );
}

import Papa from 'papaparse';
import type { Table } from './preview-questions.ts';

export const maxColumns = 100;
const maxCellLength = 200;

/** A text for one cell, without what would break its line. */
export function cellOf(value: string): string {
  return value.slice(0, maxCellLength).replace(/\s+/g, ' ');
}

/** Reads the beginning of a table; the first row names the columns. A last row that was cut in two is left out. */
export function readCsv({
  text,
  isWhole,
  delimiter = '',
}: {
  text: string;
  isWhole: boolean;
  delimiter?: string;
}): Table {
  const { data } = Papa.parse<string[]>(text, { delimiter, skipEmptyLines: true });
  const lines = isWhole || data.length < 2 ? data : data.slice(0, -1);
  const columnCount = lines.reduce((most, { length }) => Math.max(most, length), 0);
  const shown = Math.min(columnCount, maxColumns);
  const fill = (cells: string[]) => Array.from({ length: shown }, (_, index) => cellOf(cells[index] ?? ''));
  const [head = [], ...rows] = lines.map(fill);
  return { columns: head, rows, columnCount };
}

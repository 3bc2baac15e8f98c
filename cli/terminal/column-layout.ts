import { padEnd, textWidth } from './text-width.ts';

const gap = 2;
const maxColumns = 20;

/** A cell and what it looks like: `text` is measured, `painted` is printed. */
export type Cell = { text: string; painted: string };

/** Lays cells out in as few lines as fit into `width`, down the columns as `ls` does. */
export function layOutColumns(cells: readonly Cell[], width: number): string[] {
  const widths = cells.map(({ text }) => textWidth(text));
  for (let columns = Math.min(maxColumns, cells.length); columns > 1; columns -= 1) {
    const rows = Math.ceil(cells.length / columns);
    const columnWidths = widthsOfColumns(widths, rows);
    const total = columnWidths.reduce((sum, column) => sum + column + gap, -gap);
    if (total <= width) return arrange(cells, rows, columnWidths);
  }
  return cells.map(({ painted }) => painted);
}

function widthsOfColumns(widths: readonly number[], rows: number): number[] {
  const result: number[] = [];
  for (let start = 0; start < widths.length; start += rows) {
    result.push(Math.max(...widths.slice(start, start + rows)));
  }
  return result;
}

function arrange(cells: readonly Cell[], rows: number, columnWidths: readonly number[]): string[] {
  return Array.from({ length: rows }, (_, row) => {
    let line = '';
    columnWidths.forEach((width, column) => {
      const cell = cells[column * rows + row];
      if (!cell) return;
      const isLast = cells[(column + 1) * rows + row] === undefined;
      line += cell.painted + (isLast ? '' : ' '.repeat(width - textWidth(cell.text) + gap));
    });
    return line;
  });
}

/** A table with a head, its columns as wide as their widest cell; columns named in `right` are aligned right. */
export function layOutTable(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        if (right.has(column)) return ' '.repeat(width - textWidth(cell)) + cell;
        return column === row.length - 1 ? cell : padEnd(cell, width);
      })
      .join('  '),
  );
}

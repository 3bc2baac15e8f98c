const sampleSize = 200;

/** Widths of columns in characters, by what their first rows hold. */
export function columnWidths(columns: readonly string[], rows: readonly string[][]): number[] {
  const sample = rows.slice(0, sampleSize);
  return columns.map((column, index) => {
    const longest = sample.reduce((most, row) => Math.max(most, row[index]?.length ?? 0), column.length);
    return Math.min(Math.max(longest, 4), 36);
  });
}

/** Whether a column holds numbers, as far as its first rows tell. */
export function isNumeric(rows: readonly string[][], index: number): boolean {
  const cells = rows.slice(0, sampleSize).map((row) => row[index] ?? '');
  const filled = cells.filter((cell) => cell !== '');
  return filled.length > 0 && filled.every((cell) => /^[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?%?$/i.test(cell));
}

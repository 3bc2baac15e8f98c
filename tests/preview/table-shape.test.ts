import { expect, test } from 'vitest';
import { cellOf, readCsv } from '../../src/lib/features/preview/csv-reading.ts';
import { columnWidths, isNumeric } from '../../src/lib/features/preview/table-shape.ts';

test('a row that was cut in two at the end is left out, and short rows are filled up', () => {
  expect(readCsv({ text: 'a,b\n1,2\n3\n4,5', isWhole: false })).toEqual({
    columns: ['a', 'b'],
    rows: [
      ['1', '2'],
      ['3', ''],
    ],
    columnCount: 2,
  });
});

test('the separator is found, and one that is given is believed', () => {
  expect(readCsv({ text: 'a;b\n1;2', isWhole: true }).columns).toEqual(['a', 'b']);
  expect(readCsv({ text: 'a,b\tc\n1\t2', isWhole: true, delimiter: '\t' }).columns).toEqual(['a,b', 'c']);
});

test('of many columns the first hundred are shown, and all are counted', () => {
  const { columns, columnCount } = readCsv({ text: 'x,'.repeat(499) + 'x', isWhole: true });
  expect([columns.length, columnCount]).toEqual([100, 500]);
});

test('a long cell is cut, and holds no line breaks', () => {
  expect(cellOf('a\nb\tc')).toBe('a b c');
  expect(cellOf('x'.repeat(10_000))).toHaveLength(200);
});

test('a column of numbers is one, also with holes in it', () => {
  const rows = [
    ['1', 'a', ''],
    ['-2.5e3', '1', ''],
    ['', '2', ''],
    ['1,234', '3', ''],
  ];
  expect([0, 1, 2].map((index) => isNumeric(rows, index))).toEqual([true, false, false]);
});

test('a column is as wide as what it holds, within reason', () => {
  expect(columnWidths(['a', 'b', 'c'], [['1', 'x'.repeat(12), 'y'.repeat(500)]])).toEqual([4, 12, 36]);
});

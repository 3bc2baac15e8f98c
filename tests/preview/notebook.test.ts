import { expect, test } from 'vitest';
import { parseNpyHeader } from '../../src/lib/features/preview/npy.ts';
import { readNotebook } from '../../src/lib/features/preview/notebook.ts';
import { parseHeader } from '../../src/lib/features/preview/safetensors.ts';

test('a notebook of version 3 is read as well', () => {
  const text = JSON.stringify({
    metadata: { name: '' },
    worksheets: [
      {
        cells: [
          { cell_type: 'heading', source: ['Title'] },
          {
            cell_type: 'code',
            input: 'x = 1',
            prompt_number: 3,
            outputs: [{ output_type: 'pyout', text: ['1'] }],
          },
        ],
      },
    ],
  });
  expect(readNotebook(text)).toEqual({
    language: 'python',
    cellCount: 2,
    cells: [
      { kind: 'markdown', text: 'Title', outputs: [] },
      { kind: 'code', text: 'x = 1', number: 3, outputs: [{ kind: 'text', text: '1', isError: false }] },
    ],
  });
});

test('a picture that is no base64 is none', () => {
  const cell = {
    cell_type: 'code',
    source: '',
    outputs: [{ output_type: 'display_data', data: { 'image/png': '"><script>' } }],
  };
  const [found] = readNotebook(JSON.stringify({ cells: [cell] })).cells;
  expect(found?.outputs).toEqual([{ kind: 'nothing', type: 'image/png' }]);
});

test('of endless output and endless cells only the beginning is kept', () => {
  const cell = {
    cell_type: 'code',
    source: '',
    outputs: Array(1000).fill({ output_type: 'stream', text: 'x'.repeat(50_000) }),
  };
  const notebook = readNotebook(
    JSON.stringify({ cells: Array(310).fill({ cell_type: 'markdown' }).concat(cell) }),
  );
  expect([notebook.cells.length, notebook.cellCount]).toEqual([300, 311]);
  const [only] = readNotebook(JSON.stringify({ cells: [cell] })).cells;
  expect(only?.outputs).toHaveLength(50);
  expect(only?.outputs[0]).toMatchObject({ text: `${'x'.repeat(20_000)}\n…` });
});

test.each([
  ["{'descr': '|b1', 'fortran_order': True, 'shape': (), }", 'bool', [], 1],
  ["{'descr': '<U5', 'fortran_order': False, 'shape': (2,), }", 'text of 5', [2], 40],
  ["{'descr': '>c16', 'fortran_order': False, 'shape': (2, 2), }", 'complex128', [2, 2], 64],
  [
    "{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (9,), }",
    'records',
    [9],
    undefined,
  ],
  ["{'descr': '|O', 'fortran_order': False, 'shape': (9,), }", 'Python objects', [9], undefined],
])('the header %s is understood', (text, typeName, shape, dataBytes) => {
  expect(parseNpyHeader(text)).toMatchObject({ typeName, shape, dataBytes });
});

test('a header of tensors that makes no sense is refused', () => {
  for (const header of [null, [], { a: null }, { a: { dtype: 'F32', shape: [-1], data_offsets: [0, 1] } }])
    expect(() => parseHeader(header, 0)).toThrow('The header is damaged.');
});

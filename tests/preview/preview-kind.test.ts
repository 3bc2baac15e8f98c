import { expect, test } from 'vitest';
import { previewKind } from '../../src/lib/features/preview/preview-kind.ts';

test.each([
  ['photo.JPG', 'image'],
  ['logo.svg', 'image'],
  ['talk.webm', 'video'],
  ['song.flac', 'audio'],
  ['paper.pdf', 'pdf'],
  ['train.py', 'text'],
  ['results.2026.csv', 'table'],
  ['README.md', 'markdown'],
  ['eda.ipynb', 'notebook'],
  ['model.safetensors', 'safetensors'],
  ['labels.parquet', 'parquet'],
  ['points.npy', 'npy'],
  ['Dockerfile', 'text'],
  ['README', 'text'],
  ['.gitignore', 'text'],
])('%s is shown as %s', (name, kind) => {
  expect(previewKind(name)).toBe(kind);
});

test.each(['model.ckpt', 'data.tar.gz', 'pdf', 'name.', 'a.txt.exe'])('%s can only be downloaded', (name) => {
  expect(previewKind(name)).toBeUndefined();
});

test('a page of HTML is shown as its source, never run', () => {
  expect(previewKind('index.html')).toBe('text');
});

test('an ending that is a word of the language itself is no kind', () => {
  expect(previewKind('file.constructor')).toBeUndefined();
});

import { beforeEach, describe, expect, test } from 'vitest';
import {
  createUploadBatch,
  type UploadBatch,
  type UploadItem,
} from '../../src/lib/features/uploads/upload-item.ts';
import { maxLoadBytes, smallFileBytes, WaitingLine } from '../../src/lib/features/uploads/waiting-line.ts';

let line: WaitingLine;
let batch: UploadBatch;
let cancelled: Set<string>;

beforeEach(() => {
  cancelled = new Set();
  batch = createUploadBatch('storage://home/bob', 'drop');
  line = new WaitingLine(({ path }) => !cancelled.has(path));
});

function push(path: string, facts: Partial<UploadItem> = {}) {
  line.push({ path, batch, size: 1, kind: 'file', ...facts } as UploadItem);
}

const take = () => line.take().map(({ path }) => path);

describe('what waits to be sent', () => {
  test('is nothing in the end', () => {
    expect(take()).toEqual([]);
    push('a');
    expect(take()).toEqual(['a']);
    expect(take()).toEqual([]);
  });

  test('is at most 200 files at once', () => {
    for (let index = 0; index < 450; index += 1) push(`${index}`);
    expect([take(), take(), take()].map((load) => load.length)).toEqual([200, 200, 50]);
  });

  test('is made ready ahead only when it fills a load', () => {
    for (let index = 0; index < 399; index += 1) push(`${index}`);
    expect([line.takeFull(), line.takeFull(), line.takeFull()].map((load) => load.length)).toEqual([
      200, 0, 0,
    ]);
    expect(take()).toHaveLength(199);
  });

  test('is at most 8 MiB at once', () => {
    for (let index = 0; index < 10; index += 1) push(`${index}`, { size: smallFileBytes });
    const most = maxLoadBytes / smallFileBytes;
    expect([take(), take()].map((load) => load.length)).toEqual([most, 10 - most]);
  });

  test('goes by itself when it is larger than 1 MiB or an empty folder', () => {
    push('large', { size: smallFileBytes + 1 });
    push('folder', { kind: 'directory' });
    push('a');
    push('b');
    expect([take(), take(), take()]).toEqual([['a', 'b'], ['large'], ['folder']]);
  });

  test('leaves out what was cancelled', () => {
    for (const path of ['a', 'b', 'c']) push(path);
    cancelled.add('a').add('c');
    expect([take(), take()]).toEqual([['b'], []]);
  });

  test('keeps drops into different folders apart', () => {
    push('a');
    push('b', { batch: { ...batch, targetUri: 'storage://home/bob/other' } });
    expect([take(), take()]).toEqual([['a'], ['b']]);
  });
});

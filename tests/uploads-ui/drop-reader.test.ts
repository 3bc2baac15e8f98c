import { describe, expect, test } from 'vitest';
import { captureDrop, readDrop, readFileList } from '../../src/lib/features/uploads/drop-reader.ts';
import type { CapturedDrop, DroppedItem } from '../../src/lib/features/uploads/drop-reader.ts';

type Tree = { [name: string]: Tree | string | Error };

/** What Chromium hands out for a dropped tree: at most 100 entries a call, then an empty page. */
function entryOf(name: string, node: Tree | string | Error): FileSystemEntry {
  if (typeof node === 'string' || node instanceof Error) {
    return {
      name,
      isFile: true,
      isDirectory: false,
      file: (resolve: (file: File) => void, reject: (error: Error) => void) =>
        node instanceof Error ? reject(node) : resolve(new File([node], name)),
    } as unknown as FileSystemEntry;
  }
  return {
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      const children = Object.entries(node).map(([child, inner]) => entryOf(child, inner));
      return {
        readEntries: (resolve: (page: FileSystemEntry[]) => void, reject: (error: Error) => void) => {
          const page = children.splice(0, 100);
          if (page.some((entry) => entry.name === '<broken>')) reject(new Error('NotReadableError'));
          else resolve(page);
        },
      };
    },
  } as unknown as FileSystemEntry;
}

async function gather(items: AsyncIterable<DroppedItem>): Promise<DroppedItem[]> {
  const gathered: DroppedItem[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

const allOf = (captured: CapturedDrop) => gather(readDrop(captured));

const pathsOf = (items: DroppedItem[]) => items.map((item) => `${item.kind} ${item.path}`);

describe('a drop', () => {
  test('a folder with more than 100 entries is read to its end', async () => {
    const files = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`${index}.png`, 'x']));
    expect(await allOf([entryOf('train', files)])).toHaveLength(250);
  });

  test('of a folder, however many entries the browser hands out at once, few files are asked for in one task', async () => {
    let asked = 0;
    let most = 0;
    const child = (name: string) => ({
      name,
      isDirectory: false,
      file(resolve: (file: File) => void) {
        asked += 1;
        most = Math.max(most, asked);
        setTimeout(() => (asked = 0));
        queueMicrotask(() => resolve(new File(['x'], name)));
      },
    });
    const pages = [Array.from({ length: 1000 }, (_, index) => child(`${index}`)), []];
    const folder = {
      name: 'a',
      isDirectory: true,
      createReader: () => ({ readEntries: (resolve: (page: unknown[]) => void) => resolve(pages.shift()!) }),
    };
    expect(await allOf([folder as unknown as FileSystemEntry])).toHaveLength(1000);
    expect(most).toBeLessThanOrEqual(100);
  });

  test('files keep their place in nested folders', async () => {
    const tree = { b: { c: { 'deep.txt': 'x' } }, 'top.txt': 'y' };
    expect(pathsOf(await allOf([entryOf('a', tree)]))).toEqual(['file a/b/c/deep.txt', 'file a/top.txt']);
  });

  test('empty folders come along, at any depth', async () => {
    const tree = { empty: {}, full: { 'x.txt': 'x', none: {} } };
    expect(pathsOf(await allOf([entryOf('a', tree)]))).toEqual([
      'directory a/empty',
      'file a/full/x.txt',
      'directory a/full/none',
    ]);
  });

  test('a file that cannot be read is reported and the next one still comes', async () => {
    const tree = { 'locked.bin': new Error('NotReadableError'), 'open.bin': 'x' };
    expect(pathsOf(await allOf([entryOf('a', tree)]))).toEqual(['failed a/locked.bin', 'file a/open.bin']);
  });

  test('a folder that breaks off is reported and its siblings still come', async () => {
    const tree = { bad: { '<broken>': 'x' }, good: { 'x.txt': 'x' } };
    expect(pathsOf(await allOf([entryOf('a', tree)]))).toEqual(['failed a/bad', 'file a/good/x.txt']);
  });

  test('files are handed out before the whole drop is read', async () => {
    const drop = readDrop([entryOf('a', { 'first.txt': 'x', bad: { '<broken>': 'x' } })]);
    const { value } = await drop.next();
    expect(value).toMatchObject({ kind: 'file', path: 'a/first.txt' });
  });

  test('entries are taken hold of at once, since the transfer is emptied after the event', async () => {
    const items = [{ kind: 'file', webkitGetAsEntry: () => entryOf('x.txt', 'x'), getAsFile: () => null }];
    const captured = captureDrop({ items, files: [] } as unknown as DataTransfer);
    items.length = 0;
    expect(pathsOf(await allOf(captured))).toEqual(['file x.txt']);
  });

  test('text that is dropped along is left out, and a file without an entry is taken as it is', async () => {
    const file = new File(['x'], 'from-a-page.png');
    const items = [
      { kind: 'string', webkitGetAsEntry: () => null, getAsFile: () => null },
      { kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => file },
    ];
    const captured = captureDrop({ items, files: [] } as unknown as DataTransfer);
    expect(pathsOf(await allOf(captured))).toEqual(['file from-a-page.png']);
  });
});

describe('a chooser', () => {
  test('a chosen folder gives its files their paths inside it', async () => {
    const inFolder = Object.assign(new File(['x'], 'x.txt'), {});
    Object.defineProperty(inFolder, 'webkitRelativePath', { value: 'data/raw/x.txt' });
    const single = new File(['y'], 'y.txt');
    expect(pathsOf(await gather(readFileList([inFolder, single])))).toEqual([
      'file data/raw/x.txt',
      'file y.txt',
    ]);
  });
});

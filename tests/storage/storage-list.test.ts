import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseEntryName, parseEntryPath } from '../../server/contract/path.ts';
import { Mounts } from '../../server/storage/mounts.ts';
import { Storage } from '../../server/storage/storage.ts';
import { scratchFolder } from './scratch.ts';

const defaults = { limit: 100, sort: 'name', order: 'asc' } as const;
const home = parseEntryPath('alice');

/** A storage with one home, and that home's folder on the disk. */
function openHome(clock?: () => Date) {
  const dataFolder = scratchFolder();
  const mounts = new Mounts({ dataFolder, homesFolder: join(dataFolder, 'storage') });
  mounts.createHome(parseEntryName('alice'));
  return { folder: join(dataFolder, 'storage/alice'), storage: new Storage(mounts, clock) };
}

type Options = Partial<Parameters<Storage['list']>[1]>;

async function namesOf(storage: Storage, options: Options = {}): Promise<string[]> {
  return (await storage.list(home, { ...defaults, ...options })).items.map((entry) => entry.name);
}

/** All pages, one after the other; `between` is called before each further one. */
async function allPages(storage: Storage, options: Options, between: (page: number) => void = () => {}) {
  const names: string[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page++) {
    const { items, next } = await storage.list(home, { ...defaults, ...options, cursor });
    names.push(...items.map((entry) => entry.name));
    if (next === null) return names;
    cursor = next;
    between(page);
  }
}

function fill(folder: string, names: string[]): void {
  for (const name of names) {
    if (name.endsWith('/')) mkdirSync(join(folder, name));
    else writeFileSync(join(folder, name), '');
  }
}

describe('a page of a listing', () => {
  test('shows folders first, then files, in the order people expect', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['b10', 'B9', 'z/', 'a', 'Y/', '.hidden']);
    expect(await namesOf(storage)).toEqual(['Y', 'z', '.hidden', 'a', 'B9', 'b10']);
    expect(await namesOf(storage, { order: 'desc' })).toEqual(['z', 'Y', 'b10', 'B9', 'a', '.hidden']);
  });

  test('describes each entry, and counts what is there and what cannot be shown', async () => {
    const { folder, storage } = openHome();
    writeFileSync(join(folder, 'f'), 'four');
    mkdirSync(join(folder, 'd'));
    symlinkSync('f', join(folder, 'link'));
    const { items, next, total, omitted } = await storage.list(home, defaults);
    expect(items).toMatchObject([
      { name: 'd', kind: 'directory', size: 0 },
      { name: 'f', kind: 'file', size: 4 },
    ]);
    expect({ next, total, omitted }).toEqual({ next: null, total: 2, omitted: 1 });
  });

  for (const sort of ['name', 'size', 'modified'] as const) {
    for (const order of ['asc', 'desc'] as const) {
      test(`by ${sort}, ${order}, joins the next without a gap or a repetition`, async () => {
        const { folder, storage } = openHome();
        fill(
          folder,
          Array.from({ length: 7 }, (_, index) => `d${index}/`),
        );
        for (let index = 0; index < 20; index++) {
          writeFileSync(join(folder, `f${index}`), 'x'.repeat(index % 3));
          utimesSync(join(folder, `f${index}`), 1000 + (index % 4), 1000 + (index % 4));
        }
        const whole = await namesOf(storage, { sort, order });
        expect(new Set(whole).size).toBe(27);
        for (const limit of [1, 5, 7, 26, 27, 28]) {
          expect(await allPages(storage, { sort, order, limit })).toEqual(whole);
        }
      });
    }
  }

  test('sorts by size and by date, with names in order among equals', async () => {
    const { folder, storage } = openHome();
    for (const [name, size, date] of [
      ['b', 2, 3000],
      ['a', 2, 1000],
      ['big', 10, 2000],
      ['small', 1, 2000],
    ] as const) {
      writeFileSync(join(folder, name), 'x'.repeat(size));
      utimesSync(join(folder, name), date, date);
    }
    expect(await namesOf(storage, { sort: 'size' })).toEqual(['small', 'a', 'b', 'big']);
    expect(await namesOf(storage, { sort: 'size', order: 'desc' })).toEqual(['big', 'a', 'b', 'small']);
    expect(await namesOf(storage, { sort: 'modified' })).toEqual(['a', 'big', 'small', 'b']);
    expect(await namesOf(storage, { sort: 'modified', order: 'desc' })).toEqual(['b', 'big', 'small', 'a']);
  });

  test('shows only what the filter finds, and counts that', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['Report 1', 'report 2', 'other', 'reports/']);
    const page = await storage.list(home, { ...defaults, filter: 'REPORT', limit: 2 });
    expect(page.items.map((entry) => entry.name)).toEqual(['reports', 'Report 1']);
    expect(page.total).toBe(3);
    expect(await allPages(storage, { filter: 'REPORT', limit: 2 })).toEqual([
      'reports',
      'Report 1',
      'report 2',
    ]);
    expect((await storage.list(home, { ...defaults, filter: '.*' })).total).toBe(0);
  });

  test('of no entries still counts them', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['a', 'b']);
    expect(await storage.list(home, { ...defaults, limit: 0 })).toEqual({
      items: [],
      next: null,
      total: 2,
      omitted: 0,
    });
  });

  test('goes on at the same place when entries come and go', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['a', 'b', 'c', 'd', 'e', 'f']);
    const names = await allPages(storage, { limit: 2 }, (page) => {
      if (page === 1) {
        rmSync(join(folder, 'a'));
        rmSync(join(folder, 'b'));
        rmSync(join(folder, 'c'));
        fill(folder, ['aa', 'dd', 'z']);
      }
    });
    expect(names).toEqual(['a', 'b', 'd', 'dd', 'e', 'f', 'z']);
  });

  test('sees at once what another program adds or removes', async () => {
    const { folder, storage } = openHome();
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      fill(folder, [name]);
      expect((await namesOf(storage)).at(-1)).toBe(name);
    }
    rmSync(join(folder, 'c'));
    expect(await namesOf(storage)).toEqual(['a', 'b', 'd', 'e']);
  });

  test('shows a file as it is now, also when its directory has not changed', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['a']);
    await expect.poll(() => storage.list(home, defaults)).toMatchObject({ items: [{ size: 0 }] });
    writeFileSync(join(folder, 'a'), 'grown');
    expect((await storage.list(home, defaults)).items).toMatchObject([{ size: 5 }]);
  });

  test('keeps an order by size for a while, so that its pages fit together, and then makes it anew', async () => {
    let now = Date.now();
    const { folder, storage } = openHome(() => new Date(now));
    fill(folder, ['a', 'b']);
    writeFileSync(join(folder, 'b'), 'x');
    const longAgo = new Promise((resolve) => setTimeout(resolve, 80));
    await longAgo;
    expect(await namesOf(storage, { sort: 'size' })).toEqual(['a', 'b']);
    writeFileSync(join(folder, 'a'), 'longer');
    expect(await namesOf(storage, { sort: 'size' })).toEqual(['a', 'b']);
    now += 60_000;
    expect(await namesOf(storage, { sort: 'size' })).toEqual(['b', 'a']);
  });

  test('refuses a cursor of another order, and what is none', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['a', 'b']);
    const { next } = await storage.list(home, { ...defaults, limit: 1 });
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const [cursor, options] of [
      [next!, { sort: 'size' }],
      [next!, { order: 'desc' }],
      ['', {}],
      ['garbage', {}],
      [forged(null), {}],
      [forged(['name.asc', false, null]), {}],
      [forged(['name.asc', false, null, '../x']), {}],
      [forged(['name.asc', 0, null, 'a']), {}],
      [forged(['name.asc', false, -1, 'a']), {}],
      [forged(['name.asc', false, '1', 'a']), {}],
    ] as const) {
      await expect(storage.list(home, { ...defaults, ...options, cursor })).rejects.toMatchObject({
        code: 'invalid',
      });
    }
  });

  test('exists for folders only', async () => {
    const { folder, storage } = openHome();
    fill(folder, ['a']);
    await expect(storage.list(parseEntryPath('alice/a'), defaults)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(storage.list(parseEntryPath('alice/b'), defaults)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(storage.list(parseEntryPath('bob'), defaults)).rejects.toMatchObject({ code: 'not_found' });
  });
});

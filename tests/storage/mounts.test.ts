import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseEntryName as name } from '../../server/contract/path.ts';
import { MemoryDriver } from '../../server/storage/drivers/memory-driver.ts';
import { Mounts } from '../../server/storage/mounts.ts';
import { at, body, scratchFolder } from './scratch.ts';

function openMounts() {
  const folder = scratchFolder();
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const mounts = new Mounts({ dataFolder, homesFolder: join(dataFolder, 'storage') });
  return { folder, dataFolder, mounts };
}

describe('PT-23, SH-20: a folder is not mounted', () => {
  for (const [sentence, target] of [
    ['when it is the data folder', 'data'],
    ['when it lies in the data folder', 'data/storage'],
    ['when it contains the data folder', '.'],
    ['when a link leads it into the data folder', 'link'],
  ] as const) {
    test(sentence, () => {
      const { folder, mounts } = openMounts();
      symlinkSync('data/storage', join(folder, 'link'));
      const mounting = () => mounts.mountFolder(name('m'), join(folder, target));
      expect(mounting).toThrow(expect.objectContaining({ code: 'conflict', reason: 'overlapping_mount' }));
      expect(mounts.names()).toEqual([]);
    });
  }

  test('when it overlaps another one', () => {
    const { folder, mounts } = openMounts();
    mkdirSync(join(folder, 'a/b/c'), { recursive: true });
    mounts.mountFolder(name('b'), join(folder, 'a/b'));
    for (const target of ['a', 'a/b', 'a/b/c']) {
      expect(() => mounts.mountFolder(name('m'), join(folder, target))).toThrow(
        'overlaps the folder mounted as "b"',
      );
    }
  });

  test('when it is not there, or no folder', () => {
    const { folder, mounts } = openMounts();
    writeFileSync(join(folder, 'file'), '');
    for (const target of ['no', 'file']) {
      expect(() => mounts.mountFolder(name('m'), join(folder, target))).toThrow(
        expect.objectContaining({ code: 'not_found' }),
      );
    }
  });

  test('but one whose name only begins like the data folder is', async () => {
    const { folder, mounts } = openMounts();
    mkdirSync(join(folder, 'data-sets'));
    mounts.mountFolder(name('sets'), join(folder, 'data-sets'));
    expect(mounts.names()).toEqual(['sets']);
    expect((await mounts.driverFor(name('sets')).stat(at(''))).kind).toBe('directory');
  });
});

test('a home is there once it is made, and for the next process', async () => {
  const { dataFolder, mounts } = openMounts();
  expect(() => mounts.driverFor(name('alice'))).toThrow(expect.objectContaining({ code: 'not_found' }));
  mounts.createHome(name('alice'));
  mounts.createHome(name('alice'));
  await mounts.driverFor(name('alice')).write(at('f'), body('x'));
  const again = new Mounts({ dataFolder, homesFolder: join(dataFolder, 'storage') });
  expect((await again.driverFor(name('alice')).stat(at('f'))).size).toBe(1);
});

test('neither a file nor a link among the homes is a home', () => {
  const { dataFolder, mounts } = openMounts();
  writeFileSync(join(dataFolder, 'storage/file'), '');
  symlinkSync('..', join(dataFolder, 'storage/link'));
  for (const root of ['file', 'link']) {
    expect(() => mounts.driverFor(name(root))).toThrow(expect.objectContaining({ code: 'not_found' }));
  }
});

test('a mount and a home never have the same name', () => {
  const { mounts } = openMounts();
  mounts.createHome(name('alice'));
  mounts.mount(name('data'), new MemoryDriver());
  expect(() => mounts.mount(name('alice'), new MemoryDriver())).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
  expect(() => mounts.mount(name('data'), new MemoryDriver())).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
  expect(() => mounts.createHome(name('data'))).toThrow(expect.objectContaining({ code: 'conflict' }));
});

test('a sweep reaches every home and every mount', async () => {
  const { folder, dataFolder, mounts } = openMounts();
  mkdirSync(join(folder, 'm'));
  mounts.mountFolder(name('m'), join(folder, 'm'));
  mounts.createHome(name('alice'));
  const left = [join(folder, 'm'), join(dataFolder, 'storage/alice')].map((root) =>
    join(root, '.drey/temporary/left'),
  );
  for (const file of left) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, 'x');
    utimesSync(file, 1000, 1000);
  }
  expect(await mounts.sweep(new Date(2_000_000))).toBe(2);
  await mounts.close();
  expect(left.filter((file) => existsSync(file))).toEqual([]);
});

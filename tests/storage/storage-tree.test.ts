import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseEntryName, parseEntryPath } from '../../server/contract/path.ts';
import { MemoryDriver } from '../../server/storage/drivers/memory-driver.ts';
import { Mounts } from '../../server/storage/mounts.ts';
import { Storage } from '../../server/storage/storage.ts';
import { body, scratchFolder, textOf } from './scratch.ts';

const path = parseEntryPath;

/** Two roots: the home `alice` on the disk, and `memory`, which has no disk. */
function openStorage() {
  const dataFolder = scratchFolder();
  const mounts = new Mounts({ dataFolder, homesFolder: join(dataFolder, 'storage') });
  mounts.createHome(parseEntryName('alice'));
  mounts.mount(parseEntryName('memory'), new MemoryDriver());
  return { folder: join(dataFolder, 'storage/alice'), mounts, storage: new Storage(mounts) };
}

async function makeTree(storage: Storage, top: string): Promise<void> {
  for (const directory of ['', '/b', '/b/empty', '/a10']) await storage.makeDirectory(path(top + directory));
  for (const file of ['/a9', '/b/f', '/b/g', '/a10/x']) await storage.write(path(top + file), body(file));
}

async function walked(storage: Storage, top: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path: at } of storage.walk(path(top))) paths.push(at.slice(top.length));
  return paths;
}

async function read(storage: Storage, at: string): Promise<string> {
  return textOf(await storage.open(path(at)));
}

const wholeTree = ['', '/a9', '/a10', '/a10/x', '/b', '/b/empty', '/b/f', '/b/g'];

describe('a walk', () => {
  for (const root of ['alice', 'memory']) {
    test(`of ${root} meets each entry once, a folder before its children, names in order`, async () => {
      const { storage } = openStorage();
      await makeTree(storage, `${root}/t`);
      expect(await walked(storage, `${root}/t`)).toEqual(wholeTree);
      expect(await walked(storage, root)).toEqual(['', ...wholeTree.map((below) => `/t${below}`)]);
      expect(await walked(storage, `${root}/t/a9`)).toEqual(['']);
    });
  }

  test('names the root, and says what it had to omit where', async () => {
    const { folder, storage } = openStorage();
    mkdirSync(join(folder, 'd'));
    symlinkSync('nowhere', join(folder, 'd/one'));
    symlinkSync('nowhere', join(folder, 'd/two'));
    const items = await Array.fromAsync(storage.walk(path('alice')));
    expect(items).toMatchObject([
      { path: 'alice', entry: { name: 'alice', kind: 'directory' }, omitted: 0 },
      { path: 'alice/d', entry: { name: 'd', kind: 'directory' }, omitted: 2 },
    ]);
  });

  test('of more children than it looks ahead meets all of them', async () => {
    const { storage } = openStorage();
    const names = Array.from({ length: 200 }, (_, index) => `memory/${index}`);
    for (const [index, name] of names.entries()) {
      if (index % 3 === 0) await storage.makeDirectory(path(name));
      else await storage.write(path(name), body('x'));
    }
    const paths = (await Array.fromAsync(storage.walk(path('memory')))).map((item) => item.path);
    expect(paths).toEqual(['memory', ...names]);
  });

  test('goes a thousand levels deep', async () => {
    const { folder, storage } = openStorage();
    mkdirSync(join(folder, 'd/'.repeat(1000)), { recursive: true });
    expect(await walked(storage, 'alice')).toHaveLength(1001);
  });

  test('leaves out what vanishes on the way, and fails when its own top is not there', async () => {
    const { folder, storage } = openStorage();
    await makeTree(storage, 'alice/t');
    const paths: string[] = [];
    for await (const { path: at } of storage.walk(path('alice/t'))) {
      paths.push(at);
      if (at === 'alice/t/a9') rmSync(join(folder, 't/b'), { recursive: true });
    }
    expect(paths).toEqual(['alice/t', 'alice/t/a9', 'alice/t/a10', 'alice/t/a10/x']);
    await expect(walked(storage, 'alice/no')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('ends when it is aborted', async () => {
    const { storage } = openStorage();
    await makeTree(storage, 'memory/t');
    const aborter = new AbortController();
    const walk = storage.walk(path('memory/t'), { signal: aborter.signal });
    await walk.next();
    aborter.abort(new Error('enough'));
    await expect(walk.next()).rejects.toThrow('enough');
  });
});

describe('a copy', () => {
  for (const [from, to] of [
    ['alice/t', 'alice/u'],
    ['alice/t', 'memory/u'],
    ['memory/t', 'alice/u'],
    ['memory/t', 'memory/u'],
  ] as const) {
    test(`of a tree from ${from} to ${to} has all its files and folders, and their dates`, async () => {
      const { storage } = openStorage();
      await makeTree(storage, from);
      const modifiedAt = new Date('2001-02-03T04:05:06Z');
      await storage.write(path(`${from}/dated`), body('x'), { modifiedAt });
      await storage.copy(path(from), path(to));
      expect(await walked(storage, to)).toEqual(await walked(storage, from));
      expect(await read(storage, `${to}/b/g`)).toBe('/b/g');
      expect((await storage.stat(path(`${to}/dated`))).modifiedAt).toEqual(modifiedAt);
    });
  }

  test('of a whole root can be put into another', async () => {
    const { storage } = openStorage();
    await makeTree(storage, 'memory/t');
    await storage.copy(path('memory'), path('alice/backup'));
    expect(await walked(storage, 'alice/backup/t')).toEqual(wholeTree);
  });

  test('of a file keeps to what it was asked about replacing', async () => {
    const { storage } = openStorage();
    await storage.write(path('alice/f'), body('f'));
    await storage.write(path('alice/g'), body('g'));
    await makeTree(storage, 'alice/t');
    for (const to of ['alice/g', 'alice/t']) {
      await expect(storage.copy(path('alice/f'), path(to))).rejects.toMatchObject({
        code: 'precondition_failed',
      });
    }
    await storage.copy(path('alice/f'), path('alice/g'), { replace: true });
    expect(await read(storage, 'alice/g')).toBe('f');
    await storage.copy(path('alice/f'), path('alice/t'), { replace: true });
    expect(await read(storage, 'alice/t')).toBe('f');
    expect(await read(storage, 'alice/f')).toBe('f');
  });

  test('into itself, or over what holds it, is refused', async () => {
    const { storage } = openStorage();
    await makeTree(storage, 'alice/t');
    for (const [from, to] of [
      ['alice/t', 'alice/t/b/t'],
      ['alice/t', 'alice/t'],
      ['alice', 'alice/t/x'],
      ['alice/t/b', 'alice/t'],
    ] as const) {
      await expect(storage.copy(path(from), path(to), { replace: true })).rejects.toMatchObject({
        code: 'conflict',
      });
    }
    await storage.copy(path('alice/t'), path('alice/t-2'));
  });

  test('that fails half way shows nothing and leaves nothing', async () => {
    const { folder, storage } = openStorage();
    await makeTree(storage, 'alice/t');
    const aborter = new AbortController();
    const copying = storage.copy(path('alice/t'), path('alice/u'), { signal: aborter.signal });
    aborter.abort(new Error('enough'));
    await expect(copying).rejects.toThrow('enough');
    await expect(storage.stat(path('alice/u'))).rejects.toMatchObject({ code: 'not_found' });
    expect(readdirSync(join(folder, '.drey/temporary'))).toEqual([]);
  });

  test('is never seen half done', async () => {
    const { folder, storage } = openStorage();
    await makeTree(storage, 'alice/t');
    let isOver = false;
    const seen = new Set<number>();
    const looking = (async () => {
      while (!isOver) {
        seen.add((await walked(storage, 'alice/u').catch(() => [])).length);
        await new Promise(setImmediate);
      }
    })();
    await storage.copy(path('alice/t'), path('alice/u'));
    isOver = true;
    await looking;
    // The name is held by an empty folder for an instant: see `renameDirectoryIfAbsent`.
    expect([0, 1, wholeTree.length]).toEqual(expect.arrayContaining([...seen]));
    expect(readdirSync(folder).sort()).toEqual(['.drey', 't', 'u']);
  });
});

describe('a move', () => {
  test('within a root keeps the identity of what is moved', async () => {
    const { storage } = openStorage();
    await makeTree(storage, 'alice/t');
    const { identity } = await storage.stat(path('alice/t/b/f'));
    await storage.move(path('alice/t'), path('alice/u'));
    expect((await storage.stat(path('alice/u/b/f'))).identity).toBe(identity);
    await expect(storage.stat(path('alice/t'))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('from one root to another takes everything along', async () => {
    const { storage } = openStorage();
    await makeTree(storage, 'alice/t');
    await storage.move(path('alice/t'), path('memory/t'));
    expect(await walked(storage, 'memory/t')).toEqual(wholeTree);
    await expect(storage.stat(path('alice/t'))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that is refused leaves everything where it was', async () => {
    const { storage } = openStorage();
    await makeTree(storage, 'alice/t');
    await storage.makeDirectory(path('memory/t'));
    await expect(storage.move(path('alice/t'), path('memory/t'))).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await walked(storage, 'alice/t')).toEqual(wholeTree);
    expect(await walked(storage, 'memory/t')).toEqual(['']);
  });
});

test('a root is not removed, moved, or replaced', async () => {
  const { storage } = openStorage();
  await storage.write(path('alice/f'), body('x'));
  for (const operation of [
    () => storage.remove(path('alice')),
    () => storage.move(path('alice'), path('memory/x')),
    () => storage.move(path('alice/f'), path('memory'), { replace: true }),
    () => storage.copy(path('alice/f'), path('memory'), { replace: true }),
    () => storage.write(path('alice'), body('x')),
    () => storage.makeDirectory(path('alice')),
  ]) {
    await expect(operation()).rejects.toMatchObject({ code: 'invalid', reason: 'is_root' });
  }
});

test('an adopted file takes its place without passing through memory', async () => {
  const { storage } = openStorage();
  const root = parseEntryName('alice');
  const staged = join(storage.stagingFolder(path('alice/f'))!, 'upload');
  writeFileSync(staged, 'content');
  utimesSync(staged, 1000, 1000);
  expect(await storage.adopt(path('alice/f'), staged, { onlyIfAbsent: true })).toMatchObject({
    name: 'f',
    size: 7,
  });
  expect(await read(storage, 'alice/f')).toBe('content');
  expect((await storage.space(root))!.totalBytes).toBeGreaterThan(0);
  expect(storage.stagingFolder(path('memory/f'))).toBeUndefined();
  expect(await storage.space(parseEntryName('memory'))).toBeUndefined();
});

test('no error names a path of the disk', async () => {
  const { folder, storage } = openStorage();
  writeFileSync(join(folder, 'f'), '');
  for (const operation of [
    () => storage.stat(path('alice/no')),
    () => storage.open(path('alice/f/x')),
    () => storage.list(path('alice/no'), { limit: 1, sort: 'name', order: 'asc' }),
    () => storage.remove(path('alice/no')),
    () => storage.move(path('alice/no'), path('alice/x')),
    () => storage.write(path('alice/no/x'), body('x')),
    () => Array.fromAsync(storage.walk(path('alice/no'))),
  ]) {
    const error = (await operation().catch((error: unknown) => error)) as Error & { code: string };
    expect(error.code).toBe('not_found');
    expect(error.message).not.toContain(folder);
  }
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('');
});

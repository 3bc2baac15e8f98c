import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { abortable } from '../../server/storage/drivers/abortable.ts';
import { LocalDriver } from '../../server/storage/drivers/local-driver.ts';
import { maxWholeBytes, type Driver, type WriteOptions } from '../../server/storage/driver.ts';
import { describeDriver } from './driver-conformance.ts';
import {
  at,
  body,
  codeOf,
  firstOf,
  listNames,
  pausedBody,
  readText,
  scratchFolder,
  textOf,
} from './scratch.ts';

describeDriver('the local driver', () => LocalDriver.open(scratchFolder()));
describeDriver('the local driver, of files that lie in memory', () => wholeWriting(openScratch().driver));

/** The driver, whose `write` goes the way of small files. */
function wholeWriting(driver: LocalDriver): Driver {
  const write: Driver['write'] = async (path, chunks, options = {}) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of abortable(chunks, options.signal)) pieces.push(Buffer.from(piece));
    const bytes = Buffer.concat(pieces);
    if (bytes.length > maxWholeBytes) return driver.write(path, body(bytes), options);
    const [answer] = await driver.writeMany([{ path, bytes, options }]);
    if (answer instanceof Error) throw answer;
    return answer!;
  };
  return new Proxy<Driver>(driver, {
    get(_, key) {
      if (key === 'write') return write;
      const member = driver[key as keyof LocalDriver] as unknown;
      return typeof member === 'function' ? member.bind(driver) : member;
    },
  });
}

function openScratch() {
  const root = scratchFolder();
  return { root, driver: LocalDriver.open(root) };
}

/** What the hidden folder holds, in all its parts. */
function hiddenFiles(root: string): string[] {
  const files = readdirSync(join(root, '.drey'), { recursive: true }) as string[];
  return files.filter((path) => path.includes('/'));
}

describe('files on a disk', () => {
  test('lie there plainly under their own names', async () => {
    const { root, driver } = openScratch();
    await driver.makeDirectory(at('d'));
    await driver.write(at('d/a b.txt'), body('content'));
    expect(readFileSync(join(root, 'd/a b.txt'), 'utf8')).toBe('content');
  });

  test('UP-17: are not open to everyone on the machine', async () => {
    const { root, driver } = openScratch();
    await driver.write(at('f'), body('x'));
    await driver.copy(at('f'), at('copy'));
    writeFileSync(join(driver.stagingFolder(at('a')), 'u'), 'x', { mode: 0o777 });
    await driver.adoptFile(join(driver.stagingFolder(at('a')), 'u'), at('adopted'));
    await driver.makeDirectory(at('d'));
    for (const name of ['f', 'copy', 'adopted'])
      expect(statSync(join(root, name)).mode & 0o7777 & ~0o640).toBe(0);
    expect(statSync(join(root, 'd')).mode & 0o7777 & ~0o750).toBe(0);
    expect(statSync(join(root, '.drey')).mode & 0o7777).toBe(0o700);
  });

  test('that another program changes are seen at once', async () => {
    const { root, driver } = openScratch();
    const modifiedAt = new Date('2001-02-03T04:05:06Z');
    const before = await driver.write(at('f'), body('old'), { modifiedAt });
    await writeFile(join(root, 'f'), 'new');
    // A program may set the date back: the content is another all the same.
    utimesSync(join(root, 'f'), modifiedAt, modifiedAt);
    expect((await driver.stat(at('f'))).etag).not.toBe(before.etag);
    expect(await readText(driver, 'f')).toBe('new');
  });

  test('are listed across the borders of batches, each once', async () => {
    const { root, driver } = openScratch();
    let made = 0;
    for (const count of [0, 1, 2047, 2048, 2049]) {
      for (; made < count; made++) writeFileSync(join(root, `${made}`), '');
      const { files } = await listNames(driver, '');
      expect(new Set(files).size).toBe(count);
      expect(files).toHaveLength(count);
    }
  });

  test('whose names are not valid Unicode are counted, not shown, and removed with their folder', async () => {
    const { root, driver } = openScratch();
    mkdirSync(join(root, 'd'));
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'd/')), Buffer.from([0x66, 0xff])]), 'x');
    mkdirSync(Buffer.concat([Buffer.from(join(root, 'd/')), Buffer.from([0xfe])]));
    expect(await listNames(driver, 'd')).toEqual({ directories: [], files: [], omitted: 2 });
    await driver.remove(at('d'));
    await driver.close();
    expect(hiddenFiles(root)).toEqual([]);
  });

  test('SL-08: a FIFO and a socket do not exist, and nobody waits for them', async () => {
    const { root, driver } = openScratch();
    execFileSync('mkfifo', [join(root, 'fifo')]);
    expect(await listNames(driver, '')).toEqual({ directories: [], files: [], omitted: 1 });
    expect(await codeOf(driver, driver.open(at('fifo')))).toBe('not_found');
    expect(await codeOf(driver, driver.stat(at('fifo')))).toBe('not_found');
    expect(await codeOf(driver, driver.remove(at('fifo')))).toBe('not_found');
    expect(await codeOf(driver, driver.move(at('fifo'), at('x')))).toBe('not_found');
    expect(await codeOf(driver, driver.write(at('fifo'), body('x')))).toBe('conflict');
  });

  test('SL-09: hard links are files like any other', async () => {
    const { root, driver } = openScratch();
    await driver.write(at('a'), body('x'));
    execFileSync('ln', [join(root, 'a'), join(root, 'b')]);
    expect(await readText(driver, 'b')).toBe('x');
    await driver.write(at('b'), body('only b'));
    expect(await readText(driver, 'a')).toBe('x');
  });

  test('a file that becomes shorter while it is read ends in an error, not in fewer bytes', async () => {
    const { root, driver } = openScratch();
    await driver.write(at('a'), body(Buffer.alloc(4_000_000)));
    const file = await driver.open(at('a'));
    truncateSync(join(root, 'a'), 1_000_000);
    expect(await codeOf(driver, textOf(file))).toBe('unavailable');
    const small = await driver.open(at('a'));
    truncateSync(join(root, 'a'), 10);
    expect(await codeOf(driver, textOf(small, { start: 5, end: 20 }))).toBe('unavailable');
  });

  test('a file that grows while it is read gives what it had', async () => {
    const { root, driver } = openScratch();
    await driver.write(at('a'), body('abc'));
    const file = await driver.open(at('a'));
    await appendFile(join(root, 'a'), 'def');
    expect(await textOf(file)).toBe('abc');
  });

  test('no descriptor stays open after reading, ending early, failing or closing', async () => {
    const { driver } = openScratch();
    await driver.write(at('a'), body(Buffer.alloc(2_000_000)));
    const count = () => readdirSync('/proc/self/fd').length;
    const before = count();
    for (let round = 0; round < 20; round++) {
      await textOf(await driver.open(at('a')), { start: 0, end: 9 });
      await firstOf((await driver.open(at('a'))).bytes());
      await textOf(await driver.open(at('a')), { start: 0, end: 2_000_000 }).catch(() => {});
      (await driver.open(at('a'))).close();
      await firstOf(driver.list(at('')));
      await driver.write(at('b'), body('x'), { onlyIfAbsent: true }).catch(() => {});
    }
    expect(count()).toBeLessThanOrEqual(before);
  });
});

describe('what is unfinished', () => {
  test('UP-02: leaves no temporary file when the body fails, is aborted, or is refused', async () => {
    const { root, driver } = openScratch();
    await driver.write(at('a'), body('x'));
    const { body: failing, begun, fail } = pausedBody('1', '2');
    const writing = driver.write(at('b'), failing);
    await begun;
    expect(hiddenFiles(root)).toHaveLength(1);
    fail(new Error('gone'));
    await expect(writing).rejects.toThrow('gone');
    await expect(driver.write(at('b'), body('x'), { signal: AbortSignal.abort() })).rejects.toThrow();
    await Promise.all(
      Array.from({ length: 5 }, () =>
        driver.write(at('c'), body('x'), { onlyIfAbsent: true }).catch(() => {}),
      ),
    );
    expect(hiddenFiles(root)).toEqual([]);
  });

  test('a write whose folder vanishes meanwhile fails and leaves nothing', async () => {
    const { root, driver } = openScratch();
    await driver.makeDirectory(at('d'));
    const { body: slow, begun, goOn } = pausedBody('1', '2');
    const writing = driver.write(at('d/f'), slow);
    await begun;
    await driver.remove(at('d'));
    goOn();
    expect(await codeOf(driver, writing)).toBe('not_found');
    await driver.close();
    expect(hiddenFiles(root)).toEqual([]);
  });

  test('is removed by a sweep once it is old, with what was on its way to deletion', async () => {
    const { root, driver } = openScratch();
    await driver.write(at('makes the folders'), body('x'));
    await driver.remove(at('makes the folders'));
    await driver.close();
    const temporary = join(root, '.drey/temporary');
    writeFileSync(join(temporary, 'old'), 'x');
    utimesSync(join(temporary, 'old'), 1000, 1000);
    writeFileSync(join(temporary, 'new'), 'x');
    mkdirSync(join(root, '.drey/trash/left/over'), { recursive: true });
    const staged = join(driver.stagingFolder(at('a')), 'upload');
    writeFileSync(staged, 'x');
    utimesSync(staged, 1000, 1000);
    expect(await driver.sweep(new Date(Date.now() - 60_000))).toBe(2);
    expect(hiddenFiles(root).sort()).toEqual(['staging/upload', 'temporary/new']);
  });

  test('a folder a thousand levels deep is removed in one step and then deleted', async () => {
    const { root, driver } = openScratch();
    mkdirSync(join(root, 'd/'.repeat(1000)), { recursive: true });
    writeFileSync(join(root, 'd/'.repeat(1000), 'f'), 'x');
    await driver.remove(at('d'));
    expect(readdirSync(root)).toEqual(['.drey']);
    await driver.close();
    expect(hiddenFiles(root)).toEqual([]);
  });

  test('a file that is adopted appears whole, with its date, and is gone from where it was', async () => {
    const { driver } = openScratch();
    const staged = join(driver.stagingFolder(at('a')), 'upload');
    writeFileSync(staged, 'content');
    const modifiedAt = new Date('2001-02-03T04:05:06Z');
    expect(await driver.adoptFile(staged, at('a'), { modifiedAt, onlyIfAbsent: true })).toMatchObject({
      name: 'a',
      size: 7,
      modifiedAt,
    });
    expect(await readText(driver, 'a')).toBe('content');
    expect(readdirSync(driver.stagingFolder(at('a')))).toEqual([]);
    writeFileSync(staged, 'other');
    expect(await codeOf(driver, driver.adoptFile(staged, at('a'), { onlyIfAbsent: true }))).toBe(
      'precondition_failed',
    );
    expect(readFileSync(staged, 'utf8')).toBe('other');
  });

  test('the hidden folder is made only when it is needed', async () => {
    const { root, driver } = openScratch();
    await listNames(driver, '');
    await driver.sweep(new Date());
    await driver.close();
    expect(readdirSync(root)).toEqual([]);
  });

  test('nothing is written through a hidden folder that is a link to elsewhere', async () => {
    const { root, driver } = openScratch();
    const elsewhere = scratchFolder();
    mkdirSync(join(elsewhere, 'temporary'));
    symlinkSync(elsewhere, join(root, '.drey'));
    expect(await codeOf(driver, driver.write(at('a'), body('x')))).toBe('unavailable');
    expect(() => driver.stagingFolder(at('a'))).toThrow(expect.objectContaining({ code: 'unavailable' }));
    expect(readdirSync(elsewhere, { recursive: true })).toEqual(['temporary']);
  });
});

test('a directory that has just changed has no version yet', async () => {
  const { root, driver } = openScratch();
  writeFileSync(join(root, 'a'), '');
  expect(await driver.directoryVersion(at(''))).toBeUndefined();
  await expect.poll(() => driver.directoryVersion(at(''))).toBeDefined();
  const version = await driver.directoryVersion(at(''));
  expect(await driver.directoryVersion(at(''))).toBe(version);
  await rename(join(root, 'a'), join(root, 'b'));
  await expect.poll(() => driver.directoryVersion(at(''))).toBeDefined();
  expect(await driver.directoryVersion(at(''))).not.toBe(version);
});

test('the volume says how much room it has', async () => {
  const { driver } = openScratch();
  const { freeBytes, totalBytes } = await driver.space();
  expect(freeBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
});

describe('small files that are stored together', () => {
  const whole = (path: string, text: string, options: WriteOptions = {}) => ({
    path: at(path),
    bytes: Buffer.from(text),
    options,
  });

  test('have each its own answer, in their order, and what is refused leaves nothing behind', async () => {
    const { root, driver } = openScratch();
    await driver.makeDirectory(at('d'));
    await driver.write(at('d/taken'), body('old'));
    symlinkSync('/etc/hosts', join(root, 'd/link'));
    const absent = { onlyIfAbsent: true };
    const answers = await driver.writeMany([
      whole('d/a', 'a', absent),
      whole('missing/b', 'b', absent),
      whole('d/taken', 'new', absent),
      whole('d/link', 'new'),
      whole('d/a', 'twice', absent),
      whole('d/c', 'c', { ifMatch: ['other'] }),
      whole('e', 'e', { modifiedAt: new Date('2001-02-03T04:05:06Z') }),
    ]);
    const told = answers.map((answer) =>
      answer instanceof Error ? (driver.classify(answer) as Error & { code: string }).code : answer.name,
    );
    expect(told).toEqual([
      'a',
      'not_found',
      'precondition_failed',
      'conflict',
      'precondition_failed',
      'precondition_failed',
      'e',
    ]);
    expect(await readText(driver, 'd/a')).toBe('a');
    expect(await readText(driver, 'd/taken')).toBe('old');
    expect(answers.at(-1)).toEqual(await driver.stat(at('e')));
    expect(statSync(join(root, 'e')).mode & 0o7777 & ~0o640).toBe(0);
    expect(hiddenFiles(root)).toEqual([]);
  });

  test('may be more than go to the thread at once, in one folder or in many at the same time', async () => {
    const { driver } = openScratch();
    await driver.makeDirectory(at('d'));
    const text = (index: number) => `${index} `.repeat(10_000);
    const group = (folder: string) =>
      Array.from({ length: 60 }, (_, index) => whole(`${folder}${index}`, text(index)));
    await Promise.all([driver.writeMany(group('')), driver.writeMany(group('d/'))]);
    for (const folder of ['', 'd/'])
      for (const index of [0, 21, 59]) expect(await readText(driver, `${folder}${index}`)).toBe(text(index));
  });
});

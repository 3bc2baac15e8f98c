import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AppError } from '../../server/contract/app-error.ts';
import { LocalDriver } from '../../server/storage/drivers/local-driver.ts';
import { at, body, codeOf, listNames, pausedBody, readText, scratchFolder, textOf } from './scratch.ts';

/** A root beside a folder that must never be reached from it. */
function openBesideSecret() {
  const folder = scratchFolder();
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'CANARY');
  return { root, outside, driver: LocalDriver.open(root) };
}

function expectUntouched(outside: string): void {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('CANARY');
}

describe('SL-01: a symbolic link at the end of a path', () => {
  for (const [what, target] of [
    ['to a file outside', '../outside/secret'],
    ['to a folder outside', '../outside'],
    ['to a file inside', 'inside'],
    ['to nothing', 'nothing'],
    ['to itself', 'link'],
  ] as const) {
    test(`${what} does not exist, and is in the way of what would take its name`, async () => {
      const { root, outside, driver } = openBesideSecret();
      writeFileSync(join(root, 'inside'), 'inside');
      symlinkSync(target, join(root, 'link'));
      const link = at('link');
      expect(await listNames(driver, '')).toEqual({ directories: [], files: ['inside'], omitted: 1 });
      for (const operation of [
        () => driver.stat(link),
        () => driver.open(link),
        () => listNames(driver, 'link'),
        () => driver.directoryVersion(link),
        () => driver.remove(link),
        () => driver.move(link, at('moved')),
        () => driver.copy(link, at('copied')),
        () => driver.makeDirectory(at('link/d')),
        () => driver.write(at('link/f'), body('x')),
      ]) {
        expect(await codeOf(driver, operation())).toBe('not_found');
      }
      for (const operation of [
        () => driver.write(link, body('x')),
        () => driver.write(link, body('x'), { onlyIfAbsent: true }),
        () => driver.makeDirectory(link),
        () => driver.copy(at('inside'), link),
        () => driver.move(at('inside'), link),
        () => driver.move(at('inside'), link, { replace: true }),
      ]) {
        expect(await codeOf(driver, operation())).toBe('conflict');
      }
      expect(readdirSync(root).sort()).toEqual(['.drey', 'inside', 'link']);
      expect(readFileSync(join(root, 'inside'), 'utf8')).toBe('inside');
      expectUntouched(outside);
    });
  }
});

describe('SL-02: a symbolic link further up a path', () => {
  for (const target of ['../outside', 'd']) {
    test(`to ${target} leads nowhere`, async () => {
      const { root, outside, driver } = openBesideSecret();
      mkdirSync(join(root, 'd/sub'), { recursive: true });
      writeFileSync(join(root, 'd/secret'), 'inside');
      mkdirSync(join(outside, 'sub'));
      symlinkSync(target, join(root, 'link'));
      await driver.write(at('f'), body('x'));
      for (const operation of [
        () => driver.stat(at('link/secret')),
        () => driver.open(at('link/secret')),
        () => listNames(driver, 'link/sub'),
        () => driver.write(at('link/secret'), body('x')),
        () => driver.write(at('link/new'), body('x')),
        () => driver.write(at('link/sub/new'), body('x')),
        () => driver.makeDirectory(at('link/new')),
        () => driver.remove(at('link/secret')),
        () => driver.remove(at('link/sub')),
        () => driver.move(at('link/secret'), at('stolen')),
        () => driver.move(at('f'), at('link/new')),
        () => driver.move(at('f'), at('link/secret'), { replace: true }),
        () => driver.copy(at('link/secret'), at('stolen')),
        () => driver.copy(at('f'), at('link/sub/new')),
      ]) {
        expect(await codeOf(driver, operation())).toBe('not_found');
      }
      rmSync(join(outside, 'sub'), { recursive: true });
      expectUntouched(outside);
      expect(readFileSync(join(root, 'd/secret'), 'utf8')).toBe('inside');
    });
  }
});

test('SL-01: a folder is removed with the links in it, never with what they lead to', async () => {
  const { root, outside, driver } = openBesideSecret();
  mkdirSync(join(root, 'd'));
  symlinkSync('../../outside', join(root, 'd/folder'));
  symlinkSync('../../outside/secret', join(root, 'd/file'));
  symlinkSync(outside, join(root, 'd/absolute'));
  await driver.remove(at('d'));
  await driver.close();
  expect(readdirSync(root)).toEqual(['.drey']);
  expectUntouched(outside);
});

test('SL-04: an aborted write whose folder has become a link removes only its own temporary file', async () => {
  const { root, outside, driver } = openBesideSecret();
  mkdirSync(join(root, 'd'));
  const { body: slow, begun, fail } = pausedBody('1', '2');
  const writing = driver.write(at('d/secret'), slow);
  await begun;
  rmSync(join(root, 'd'), { recursive: true });
  symlinkSync('../outside', join(root, 'd'));
  fail(new Error('gone'));
  await expect(writing).rejects.toThrow('gone');
  expectUntouched(outside);
});

test('SL-07: a write whose folder has become a link meanwhile fails', async () => {
  const { root, outside, driver } = openBesideSecret();
  mkdirSync(join(root, 'd'));
  const { body: slow, begun, goOn } = pausedBody('1', '2');
  const writing = driver.write(at('d/secret'), slow);
  await begun;
  renameSync(join(root, 'd'), join(root, 'moved'));
  symlinkSync('../outside', join(root, 'd'));
  goOn();
  expect(await codeOf(driver, writing)).toBe('not_found');
  expectUntouched(outside);
  expect(readdirSync(join(root, 'moved'))).toEqual([]);
});

test('SL-06: nothing outside is read or written while a folder and a link to outside take turns', async () => {
  const { root, outside, driver } = openBesideSecret();
  mkdirSync(join(root, 'real'));
  writeFileSync(join(root, 'real/secret'), 'inside');
  symlinkSync('../outside', join(root, 'link'));
  let isOver = false;
  const seen = { inside: 0, refused: 0 };

  const flip = async () => {
    for (let isLink = false; !isOver; isLink = !isLink) {
      renameSync(join(root, isLink ? 'link' : 'real'), join(root, 'd'));
      await new Promise(setImmediate);
      renameSync(join(root, 'd'), join(root, isLink ? 'link' : 'real'));
      await new Promise(setImmediate);
    }
  };
  const attempt = async (operation: () => Promise<unknown>) => {
    try {
      await operation();
      seen.inside++;
    } catch (error) {
      // The writer may find what it made a moment ago, as the swap let it.
      expect(['not_found', 'precondition_failed', 'conflict']).toContain(
        (driver.classify(error) as AppError).code,
      );
      seen.refused++;
    }
  };
  const reader = async () => {
    for (let round = 0; round < 1500; round++) {
      await attempt(async () => expect(await readText(driver, 'd/secret')).toBe('inside'));
      await attempt(async () => expect((await driver.stat(at('d/secret'))).size).toBe('inside'.length));
      await attempt(() => listNames(driver, 'd'));
    }
  };
  const writer = async () => {
    for (let round = 0; round < 150; round++) {
      await attempt(() => driver.write(at('d/secret'), body('inside')));
      await attempt(() => driver.write(at('d/new'), body('x')));
      await attempt(() => driver.remove(at('d/new')));
      await attempt(() => driver.makeDirectory(at('d/new')));
      await attempt(() => driver.remove(at('d/new')));
    }
  };
  const flipping = flip();
  await Promise.all([reader(), reader(), writer()]).finally(async () => {
    isOver = true;
    await flipping;
  });
  await driver.close();
  expectUntouched(outside);
  expect(seen.inside).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);
});

test('a root that is a symbolic link is the folder it leads to', async () => {
  const { root, outside } = openBesideSecret();
  symlinkSync('../outside', join(root, 'link'));
  const driver = LocalDriver.open(join(root, 'link'));
  expect(await readText(driver, 'secret')).toBe('CANARY');
  expect(await textOf(await driver.open(at('secret')))).toBe('CANARY');
  expectUntouched(outside);
});

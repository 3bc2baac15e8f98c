import { describe, expect, test } from 'vitest';
import type { EntryName } from '../../server/contract/path.ts';
import type { Driver } from '../../server/storage/driver.ts';
import { at, body, codeOf, listNames, pausedBody, readText, textOf } from './scratch.ts';

/** Names that have broken other programs. Every back end stores them as they are, byte for byte. */
export const hostileNames = [
  'two words',
  ' leading and trailing ',
  '100%',
  '%2e%2e%2f',
  'a+b&c;d=e?f#g',
  '"quoted" and \'quoted\'',
  'back\\slash',
  '..\\..\\evil',
  '$HOME `id` ~',
  '-rf',
  '--help',
  '..x',
  '...',
  '.hidden',
  '__proto__',
  'constructor',
  'CON',
  'a:b',
  'trailing.',
  '👩‍🔬 emoji',
  'caf\u00e9 (composed)',
  'cafe\u0301 (decomposed)',
  '\u202egnp.exe',
  'שלום עולם',
  '日本語',
  'x'.repeat(255),
  '語'.repeat(85),
];

/** What every driver, and every wrapper around one, does. `open` gives a new, empty back end. */
export function describeDriver(name: string, open: () => Driver): void {
  const withDriver = (work: (driver: Driver) => Promise<void>) => async () => {
    const driver = open();
    try {
      await work(driver);
    } finally {
      await driver.close();
    }
  };
  const it = (sentence: string, work: (driver: Driver) => Promise<void>) => test(sentence, withDriver(work));

  describe(`${name}: names`, () => {
    for (const name of hostileNames) {
      it(`keeps ${JSON.stringify(name.length > 40 ? `${name.slice(0, 20)}…` : name)} as it is`, async (driver) => {
        await driver.write(at(name), body('here'));
        expect(await listNames(driver, '')).toEqual({ directories: [], files: [name], omitted: 0 });
        expect((await driver.stat(at(name))).name).toBe(name);
        await driver.move!(at(name), at('plain'));
        await driver.makeDirectory(at(name));
        await driver.move!(at('plain'), at(`${name}/${name}`));
        expect(await readText(driver, `${name}/${name}`)).toBe('here');
        await driver.remove(at(name));
        expect(await listNames(driver, '')).toEqual({ directories: [], files: [], omitted: 0 });
      });
    }

    it('tells a composed and a decomposed name apart', async (driver) => {
      await driver.write(at('caf\u00e9'), body('composed'));
      await driver.write(at('cafe\u0301'), body('decomposed'));
      expect(await readText(driver, 'caf\u00e9')).toBe('composed');
      expect(await readText(driver, 'cafe\u0301')).toBe('decomposed');
    });

    it('does not list what it keeps under its reserved name', async (driver) => {
      await driver.write(at('a'), body('x'));
      await driver.makeDirectory('.drey' as never).catch(() => {});
      expect(await listNames(driver, '')).toEqual({ directories: [], files: ['a'], omitted: 0 });
    });
  });

  describe(`${name}: writing`, () => {
    it('answers with the entry that stat then gives', async (driver) => {
      const modifiedAt = new Date('2001-02-03T04:05:06Z');
      const written = await driver.write(at('a'), body('one ', 'two'), { modifiedAt });
      expect(written).toMatchObject({ name: 'a', kind: 'file', size: 7, modifiedAt });
      expect(await driver.stat(at('a'))).toEqual(written);
    });

    it('stores an empty file', async (driver) => {
      expect((await driver.write(at('empty'), body())).size).toBe(0);
      expect(await readText(driver, 'empty')).toBe('');
    });

    it('stores chunks whose buffer is used again', async (driver) => {
      const buffer = Buffer.from('aa');
      async function* chunks() {
        yield buffer;
        buffer.fill('b');
        yield buffer;
      }
      await driver.write(at('a'), chunks());
      expect(await readText(driver, 'a')).toBe('aabb');
    });

    it('shows nothing new until the last byte has come', async (driver) => {
      const { body, begun, goOn } = pausedBody('half', ' whole');
      const writing = driver.write(at('a'), body);
      await begun;
      expect(await codeOf(driver, driver.stat(at('a')))).toBe('not_found');
      expect(await listNames(driver, '')).toEqual({ directories: [], files: [], omitted: 0 });
      goOn();
      await writing;
      expect(await readText(driver, 'a')).toBe('half whole');
    });

    it('shows the old file whole while the new one comes', async (driver) => {
      await driver.write(at('a'), body('old'));
      const { body: half, begun, goOn } = pausedBody('new', ' new');
      const writing = driver.write(at('a'), half);
      await begun;
      expect(await readText(driver, 'a')).toBe('old');
      goOn();
      await writing;
      expect(await readText(driver, 'a')).toBe('new new');
    });

    it('lets a reader finish the version it opened', async (driver) => {
      await driver.write(at('a'), body('first'));
      const opened = await driver.open(at('a'));
      await driver.write(at('a'), body('second'));
      expect(await textOf(opened)).toBe('first');
      expect(opened.entry.etag).not.toBe((await driver.stat(at('a'))).etag);
    });

    it('gives the new content a new etag, even of the same size and date', async (driver) => {
      const modifiedAt = new Date('2001-02-03T04:05:06Z');
      const first = await driver.write(at('a'), body('one'), { modifiedAt });
      const second = await driver.write(at('a'), body('two'), { modifiedAt });
      expect(second.etag).not.toBe(first.etag);
    });

    it('keeps the old file when the body fails', async (driver) => {
      await driver.write(at('a'), body('old'));
      const { body: half, begun, fail } = pausedBody('new', '');
      const writing = driver.write(at('a'), half);
      await begun;
      fail(new Error('the client went away'));
      await expect(writing).rejects.toThrow('the client went away');
      expect(await readText(driver, 'a')).toBe('old');
    });

    it('stops when it is aborted, even while the body is silent', async (driver) => {
      const { body: half, begun } = pausedBody('new', '');
      const aborter = new AbortController();
      const writing = driver.write(at('a'), half, { signal: aborter.signal });
      await begun;
      aborter.abort(new Error('enough'));
      await expect(writing).rejects.toThrow('enough');
      expect(await codeOf(driver, driver.stat(at('a')))).toBe('not_found');
    });

    it('needs the folder above', async (driver) => {
      await driver.write(at('file'), body('x'));
      expect(await codeOf(driver, driver.write(at('no/a'), body('x')))).toBe('not_found');
      expect(await codeOf(driver, driver.write(at('file/a'), body('x')))).toBe('not_found');
      expect(await codeOf(driver, driver.makeDirectory(at('no/a')))).toBe('not_found');
      expect(await codeOf(driver, driver.makeDirectory(at('file/a')))).toBe('not_found');
    });

    it('does not replace a directory', async (driver) => {
      await driver.makeDirectory(at('d'));
      expect(await codeOf(driver, driver.write(at('d'), body('x')))).toBe('conflict');
      expect((await driver.stat(at('d'))).kind).toBe('directory');
    });

    it('does not replace what is there when only a new file is wanted', async (driver) => {
      await driver.write(at('a'), body('old'));
      const writing = driver.write(at('a'), body('new'), { onlyIfAbsent: true });
      expect(await codeOf(driver, writing)).toBe('precondition_failed');
      expect(await readText(driver, 'a')).toBe('old');
    });

    it('takes the first other name that is free, when asked to, and keeps what is there', async (driver) => {
      await driver.write(at('a'), body('old'));
      await driver.write(at('a2'), body('old'));
      const otherName = (attempt: number) => (attempt < 4 ? (`a${attempt + 1}` as EntryName) : undefined);
      const write = (text: string) => driver.write(at('a'), body(text), { onlyIfAbsent: true, otherName });
      const written = await Promise.all([write('3'), write('4')]);
      expect(written.map(({ name }) => name).toSorted()).toEqual(['a3', 'a4']);
      expect(await codeOf(driver, write('5'))).toBe('precondition_failed');
      const texts = await Promise.all(['a', 'a2', 'a3', 'a4'].map((name) => readText(driver, name)));
      expect(texts.toSorted()).toEqual(['3', '4', 'old', 'old']);
    });

    it('lets exactly one of 50 simultaneous creations win', async (driver) => {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          codeOf(driver, driver.write(at('a'), body(`by ${index}`), { onlyIfAbsent: true })),
        ),
      );
      expect(outcomes.filter((code) => code === 'none')).toHaveLength(1);
      expect(outcomes.filter((code) => code === 'precondition_failed')).toHaveLength(49);
      expect(await readText(driver, 'a')).toBe(`by ${outcomes.indexOf('none')}`);
    });

    it('replaces only the version that was named', async (driver) => {
      const first = await driver.write(at('a'), body('1'));
      const second = await driver.write(at('a'), body('2'), { ifMatch: ['other', first.etag] });
      expect(await codeOf(driver, driver.write(at('a'), body('3'), { ifMatch: [first.etag] }))).toBe(
        'precondition_failed',
      );
      expect(await codeOf(driver, driver.write(at('new'), body('3'), { ifMatch: [second.etag] }))).toBe(
        'precondition_failed',
      );
      expect(await readText(driver, 'a')).toBe('2');
    });

    it('lets exactly one of 20 simultaneous replacements of one version win', async (driver) => {
      const { etag } = await driver.write(at('a'), body('old'));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          codeOf(driver, driver.write(at('a'), body(`by ${index}`), { ifMatch: [etag] })),
        ),
      );
      expect(outcomes.filter((code) => code === 'none')).toHaveLength(1);
      expect(await readText(driver, 'a')).toBe(`by ${outcomes.indexOf('none')}`);
    });
  });

  describe(`${name}: reading`, () => {
    it('reads a large file in order, whole and in ranges', async (driver) => {
      const bytes = Buffer.alloc(3_000_000);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(at, at);
      await driver.write(at('a'), body(bytes.subarray(0, 1_234_567), bytes.subarray(1_234_567)));
      const read = async (range?: { start: number; end: number }) => {
        const chunks: Buffer[] = [];
        for await (const chunk of (await driver.open(at('a'))).bytes(range)) chunks.push(Buffer.from(chunk));
        return Buffer.concat(chunks);
      };
      expect((await read()).equals(bytes)).toBe(true);
      for (const [start, end] of [
        [0, 0],
        [5, 700_000],
        [524_288, 1_048_576],
        [1, 2_999_999],
        [2_999_999, 2_999_999],
      ] as const) {
        expect((await read({ start, end })).equals(bytes.subarray(start, end + 1))).toBe(true);
      }
    });

    it('refuses a range beyond the end', async (driver) => {
      await driver.write(at('a'), body('abc'));
      const file = await driver.open(at('a'));
      expect(await codeOf(driver, textOf(file, { start: 1, end: 3 }))).toBe('range_invalid');
    });

    it('can be ended early, and closed twice', async (driver) => {
      await driver.write(at('a'), body(Buffer.alloc(2_000_000)));
      const file = await driver.open(at('a'));
      for await (const chunk of file.bytes()) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      file.close();
      file.close();
    });

    it('opens no directory, and nothing that is not there', async (driver) => {
      await driver.makeDirectory(at('d'));
      await driver.write(at('f'), body('x'));
      expect(await codeOf(driver, driver.open(at('d')))).toBe('conflict');
      expect(await codeOf(driver, driver.open(at('')))).toBe('conflict');
      expect(await codeOf(driver, driver.open(at('no')))).toBe('not_found');
      expect(await codeOf(driver, driver.open(at('f/x')))).toBe('not_found');
      expect(await codeOf(driver, driver.stat(at('f/x')))).toBe('not_found');
    });
  });

  describe(`${name}: directories`, () => {
    it('lists one level', async (driver) => {
      await driver.makeDirectory(at('d'));
      await driver.makeDirectory(at('d/e'));
      await driver.write(at('d/f'), body('x'));
      await driver.write(at('d/e/g'), body('x'));
      expect(await listNames(driver, '')).toEqual({ directories: ['d'], files: [], omitted: 0 });
      expect(await listNames(driver, 'd')).toEqual({ directories: ['e'], files: ['f'], omitted: 0 });
    });

    it('lists 300 names, each once', async (driver) => {
      const names = Array.from({ length: 300 }, (_, index) => `name ${index}`);
      await driver.makeDirectory(at('d'));
      await Promise.all(names.map((name) => driver.makeDirectory(at(`d/${name}`))));
      expect((await listNames(driver, 'd')).directories).toEqual(names.sort());
    });

    it('lists no file, and nothing that is not there', async (driver) => {
      await driver.write(at('f'), body('x'));
      expect(await codeOf(driver, listNames(driver, 'f'))).toBe('conflict');
      expect(await codeOf(driver, listNames(driver, 'no'))).toBe('not_found');
      expect(await codeOf(driver, listNames(driver, 'f/x'))).toBe('not_found');
    });

    it('makes a directory once', async (driver) => {
      expect(await driver.makeDirectory(at('d'))).toMatchObject({ name: 'd', kind: 'directory', size: 0 });
      await driver.write(at('f'), body('x'));
      expect(await codeOf(driver, driver.makeDirectory(at('d')))).toBe('precondition_failed');
      expect(await codeOf(driver, driver.makeDirectory(at('f')))).toBe('precondition_failed');
    });

    it('never gives two sets of names the same version', async (driver) => {
      const versionOf = () => driver.directoryVersion?.(at(''));
      await driver.write(at('a'), body('x'));
      const before = await versionOf();
      await driver.write(at('b'), body('x'));
      const between = await versionOf();
      await driver.remove(at('a'));
      const after = await versionOf();
      const known = [before, between, after].filter((version) => version !== undefined);
      expect(new Set(known).size).toBe(known.length);
    });
  });

  describe(`${name}: removing`, () => {
    it('removes a file, and a directory with all it holds', async (driver) => {
      await driver.makeDirectory(at('d'));
      await driver.makeDirectory(at('d/e'));
      await driver.write(at('d/e/f'), body('x'));
      await driver.write(at('dd'), body('stays'));
      await driver.remove(at('d'));
      expect(await codeOf(driver, driver.stat(at('d/e/f')))).toBe('not_found');
      expect(await listNames(driver, '')).toEqual({ directories: [], files: ['dd'], omitted: 0 });
      await driver.remove(at('dd'));
      expect(await codeOf(driver, driver.remove(at('dd')))).toBe('not_found');
    });

    it('gives a new object at an old path another identity', async (driver) => {
      const old = await driver.write(at('a'), body('x'));
      await driver.remove(at('a'));
      const { identity } = await driver.write(at('a'), body('x'));
      if (old.identity !== undefined) expect(identity).not.toBe(old.identity);
    });

    it('does not remove, move or write the root', async (driver) => {
      expect(await codeOf(driver, driver.remove(at('')))).toBe('invalid');
      expect(await codeOf(driver, driver.move!(at(''), at('a')))).toBe('invalid');
      expect(await codeOf(driver, driver.write(at(''), body('x')))).toBe('invalid');
    });
  });

  describe(`${name}: moving`, () => {
    it('keeps the content and the identity', async (driver) => {
      await driver.makeDirectory(at('d'));
      await driver.makeDirectory(at('d/e'));
      const { identity } = await driver.write(at('d/e/f'), body('x'));
      await driver.move!(at('d'), at('moved'));
      expect(await readText(driver, 'moved/e/f')).toBe('x');
      expect((await driver.stat(at('moved/e/f'))).identity).toBe(identity);
      expect(await codeOf(driver, driver.stat(at('d')))).toBe('not_found');
    });

    it('replaces nothing unasked', async (driver) => {
      await driver.write(at('f'), body('f'));
      await driver.write(at('g'), body('g'));
      await driver.makeDirectory(at('d'));
      await driver.makeDirectory(at('e'));
      for (const [from, to] of [
        ['f', 'g'],
        ['f', 'd'],
        ['d', 'f'],
        ['d', 'e'],
        ['f', 'f'],
      ] as const) {
        expect(await codeOf(driver, driver.move!(at(from), at(to)))).toBe('precondition_failed');
      }
      expect(await listNames(driver, '')).toEqual({ directories: ['d', 'e'], files: ['f', 'g'], omitted: 0 });
    });

    it('replaces whatever is there when asked', async (driver) => {
      await driver.makeDirectory(at('d'));
      await driver.write(at('d/old'), body('old'));
      await driver.write(at('f'), body('f'));
      await driver.write(at('g'), body('g'));
      await driver.makeDirectory(at('e'));
      await driver.move!(at('f'), at('g'), { replace: true });
      await driver.move!(at('g'), at('d'), { replace: true });
      expect(await readText(driver, 'd')).toBe('f');
      await driver.move!(at('e'), at('d'), { replace: true });
      expect(await listNames(driver, 'd')).toEqual({ directories: [], files: [], omitted: 0 });
    });

    it('moves nothing into itself, nor over what holds it', async (driver) => {
      await driver.makeDirectory(at('d'));
      await driver.makeDirectory(at('d/e'));
      expect(await codeOf(driver, driver.move!(at('d'), at('d/e/d')))).toBe('conflict');
      expect(await codeOf(driver, driver.move!(at('d'), at('d/new')))).toBe('conflict');
      expect(await codeOf(driver, driver.move!(at('d/e'), at('d'), { replace: true }))).toBe('conflict');
      expect((await driver.stat(at('d/e'))).kind).toBe('directory');
      await driver.makeDirectory(at('d-e'));
      await driver.move!(at('d-e'), at('d/d-e'));
    });

    it('needs a source, and a folder to go to', async (driver) => {
      await driver.write(at('f'), body('f'));
      expect(await codeOf(driver, driver.move!(at('no'), at('x')))).toBe('not_found');
      expect(await codeOf(driver, driver.move!(at('f'), at('no/x')))).toBe('not_found');
    });

    it('lets exactly one of 20 simultaneous moves to one name win', async (driver) => {
      for (const kind of ['file', 'directory'] as const) {
        const names = Array.from({ length: 20 }, (_, index) => `${kind} ${index}`);
        for (const name of names) {
          if (kind === 'file') await driver.write(at(name), body(name));
          else await driver.makeDirectory(at(name));
        }
        const outcomes = await Promise.all(
          names.map((name) => codeOf(driver, driver.move!(at(name), at(`taken by a ${kind}`)))),
        );
        expect(outcomes.filter((code) => code === 'none')).toHaveLength(1);
        expect(outcomes.filter((code) => code === 'precondition_failed')).toHaveLength(19);
      }
    });
  });

  describe(`${name}: copying`, () => {
    it('copies the bytes of a file under the conditions of a write', async (driver) => {
      const modifiedAt = new Date('2001-02-03T04:05:06Z');
      await driver.write(at('a'), body('content'));
      const copied = await driver.copy!(at('a'), at('b'), { modifiedAt, onlyIfAbsent: true });
      expect(copied).toMatchObject({ name: 'b', size: 7, modifiedAt });
      expect(await readText(driver, 'b')).toBe('content');
      expect(await codeOf(driver, driver.copy!(at('a'), at('b'), { onlyIfAbsent: true }))).toBe(
        'precondition_failed',
      );
      expect(await codeOf(driver, driver.copy!(at('no'), at('c')))).toBe('not_found');
      await driver.makeDirectory(at('d'));
      expect(await codeOf(driver, driver.copy!(at('d'), at('e')))).toBe('conflict');
    });
  });
}

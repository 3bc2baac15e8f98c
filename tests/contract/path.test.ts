import { assert, property, string, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  containsPath,
  encodePath,
  explainBadName,
  lineageOf,
  numberedName,
  parseEncodedPath,
  parseEntryPath,
  resolvePath,
  type EntryName,
} from '../../server/contract/path.ts';

const anything = string({ unit: 'binary', maxLength: 60 });

describe('a path', () => {
  test('is refused, never repaired (PT-01, PT-05, PT-08)', () => {
    for (const bad of [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/..',
      'a/../b',
      './a',
      'a/./b',
      'a\0',
      'a/\n',
      'a/ /b',
      'a/\u0085',
      '\ud800',
      'a/\ufffd',
    ]) {
      expect(() => parseEntryPath(bad), JSON.stringify(bad)).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
    }
  });

  test('that is accepted is the very text that was given, and holds no segment that climbs', () => {
    assert(
      property(anything, (text) => {
        let path: string;
        try {
          path = parseEntryPath(text);
        } catch {
          return;
        }
        expect(path).toBe(text);
        for (const segment of path.split('/')) expect(['', '.', '..']).not.toContain(segment);
      }),
    );
  });

  test('comes back from its encoded form byte for byte (PT-03, NM-03)', () => {
    assert(
      property(anything, anything, (one, other) => {
        if (explainBadName(one) || explainBadName(other) || other === '.drey') return;
        const path = parseEntryPath(`${one}/${other}`);
        expect(parseEncodedPath(encodePath(path))).toBe(path);
      }),
    );
  });

  test('is decoded once: an escape of an escape is a name, an escaped slash is none (PT-03)', () => {
    expect(parseEncodedPath('a/%252e%252e')).toBe('a/%2e%2e');
    for (const bad of ['a%2Fb', 'a/%2e%2e', '%2E', 'a/%00', '%', '%zz', '%c0%ae', '%ed%a0%80']) {
      expect(() => parseEncodedPath(bad), bad).toThrow(expect.objectContaining({ code: 'invalid' }));
    }
  });

  test('may have 255 bytes a name and 4,096 in all, counted as a file system counts (PT-24)', () => {
    expect(parseEntryPath('a'.repeat(255))).toHaveLength(255);
    expect(() => parseEntryPath('a'.repeat(256))).toThrow();
    expect(parseEntryPath('é'.repeat(127))).toHaveLength(127);
    expect(() => parseEntryPath('é'.repeat(128))).toThrow();
    const long = `${'abc/'.repeat(1023)}abcd`;
    expect(parseEntryPath(long)).toHaveLength(4096);
    expect(() => parseEntryPath(`${long}e`)).toThrow();
  });

  test('to what a driver hides is not found below any root, and an ordinary name further down (PT-23)', () => {
    expect(() => parseEntryPath('bob/.drey')).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(() => parseEntryPath('bob/.drey/x')).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(parseEntryPath('bob/a/.drey')).toBe('bob/a/.drey');
  });

  test('contains what lies below it and not what only begins alike (PT-09)', () => {
    for (const inside of ['team', 'team/a', 'team/a/b']) expect(containsPath('team', inside)).toBe(true);
    for (const beside of ['team-secret', 'teams', 'team2/a', 'tea', 'Team', 'x/team', '']) {
      expect(containsPath('team', beside)).toBe(false);
    }
  });

  test('is contained by each of its lineage and by nothing else', () => {
    assert(
      property(
        stringMatching(/^[ab]{1,3}(\/[ab]{1,3}){0,3}$/),
        stringMatching(/^[ab]{1,3}(\/[ab]{1,3}){0,3}$/),
        (one, other) => {
          const path = parseEntryPath(one);
          expect(lineageOf(path).includes(other as never)).toBe(containsPath(other, path));
        },
      ),
    );
  });

  test('below another is parsed whole, so what is appended cannot climb', () => {
    const home = parseEntryPath('bob');
    expect(resolvePath(home, 'a/b')).toBe('bob/a/b');
    expect(resolvePath(home, '')).toBe('bob');
    for (const bad of ['..', '../alice', 'a/../..', '/etc', 'a//b', 'a/'])
      expect(() => resolvePath(home, bad), bad).toThrow();
  });
});

describe('a numbered name', () => {
  test.each([
    ['report.pdf', 'report (2).pdf'],
    ['data.tar.gz', 'data (2).tar.gz'],
    ['.env', '.env (2)'],
    ['Makefile', 'Makefile (2)'],
    ['a.b c', 'a.b c (2)'],
    ['v1.2', 'v1 (2).2'],
    ['..x', '..x (2)'],
  ])('of %s is %s', (name, numbered) => {
    expect(numberedName(name as EntryName, 2)).toBe(numbered);
  });
});

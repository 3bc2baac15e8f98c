import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainBadName, parseEntryPath } from '../../server/contract/path.ts';
import { formatUri, parseUri } from '../../server/contract/uri.ts';

const base = { cluster: 'home', home: 'bob' };

describe('a URI', () => {
  test.each([
    ['storage:', 'bob'],
    ['storage:a/b', 'bob/a/b'],
    ['storage:/alice/x', 'alice/x'],
    ['storage://home/alice/x', 'alice/x'],
    ['storage:a%20b', 'bob/a b'],
    ['storage:a%252e', 'bob/a%2e'],
    ['storage:100%25', 'bob/100%'],
    ['storage:a%3Fb%23c', 'bob/a?b#c'],
    ['storage:a+b', 'bob/a+b'],
    ['storage:a:b', 'bob/a:b'],
    ['storage:%7Eroot', 'bob/~root'],
  ])('%s typed by bob is %s', (typed, path) => {
    expect(parseUri(typed, base)).toBe(path);
  });

  test.each([
    ['', 'it has no scheme'],
    ['a/b', 'it has no scheme'],
    ['STORAGE:a', 'it has another scheme'],
    ['file:///etc/passwd', 'it has another scheme'],
    ['https://home/alice', 'it has another scheme'],
    [' storage:a', 'it begins with a space'],
    ['storage:a?b', 'a question mark must be encoded'],
    ['storage:a#b', 'a number sign must be encoded'],
    ['storage:~', 'a tilde is not expanded'],
    ['storage:~alice/x', 'a tilde is not expanded'],
    ['storage://other/alice', 'it is of another cluster'],
    ['storage://HOME/alice', 'it is of another cluster'],
    ['storage://user@home/alice', 'it names a user'],
    ['storage://user:pw@home/alice', 'it brings a password'],
    ['storage://home:80/alice', 'it names a port'],
    ['storage:///alice', 'its cluster is empty'],
    ['storage://home', 'it names no root'],
    ['storage://home/', 'it names no root'],
    ['storage:/', 'it names no root'],
    ['storage:a/', 'it has an empty segment'],
    ['storage:a//b', 'it has an empty segment'],
    ['storage:..', 'it climbs'],
    ['storage:../alice', 'it climbs'],
    ['storage:%2e%2e/alice', 'it climbs'],
    ['storage:/alice/../bob', 'it climbs'],
    ['storage:a%2Fb', 'an escaped slash is no border'],
    ['storage:a%00', 'it holds a NUL'],
    ['storage:a\0', 'it holds a NUL'],
    ['storage:%', 'its escape is broken'],
    ['storage:%ff', 'its escape is no Unicode'],
  ])('%j is refused: %s', (typed) => {
    expect(() => parseUri(typed, base)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('without a home must be written in full', () => {
    expect(() => parseUri('storage:a', { cluster: 'home' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
    expect(parseUri('storage:/alice/a', { cluster: 'home' })).toBe('alice/a');
  });

  test('that we write is read as the same path, whatever the names are (NM-03)', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 40 }), (name) => {
        if (explainBadName(name) || name === '.drey') return;
        const path = parseEntryPath(`alice/${name}`);
        expect(parseUri(formatUri('home', path), base)).toBe(path);
      }),
    );
  });
});

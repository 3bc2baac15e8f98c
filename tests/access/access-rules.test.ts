import { array, assert, constantFrom, property, record, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { includesLevel, levels, type Level } from '../../server/contract/level.ts';
import { containsPath, type EntryName, type EntryPath } from '../../server/contract/path.ts';
import {
  decidingRule,
  grantedLevel,
  inherentLevel,
  leadingNames,
  leadingRoots,
  type Rule,
} from '../../server/access/access-rules.ts';
import { anonymous, type UserActor } from '../../server/access/actor.ts';

const at = (path: string) => path as EntryPath;
const rule = (path: string, level: Level): Rule => ({ path: at(path), level, grantee: 'public' });
const user = (name: string, isAdmin = false): UserActor => ({
  kind: 'user',
  id: name,
  name: name as EntryName,
  isAdmin,
});
const isMount = (root: string) => root === 'datasets';

describe('without a grant', () => {
  test("one manages one's own home, an administrator the mounted folders too, and nobody another's home", () => {
    expect(inherentLevel(user('bob'), at('bob/a'), isMount)).toBe('manage');
    expect(inherentLevel(user('bob'), at('alice/a'), isMount)).toBeUndefined();
    expect(inherentLevel(user('bob'), at('bobby'), isMount)).toBeUndefined();
    expect(inherentLevel(user('bob'), at('datasets/a'), isMount)).toBeUndefined();
    expect(inherentLevel(user('root', true), at('datasets/a'), isMount)).toBe('manage');
    expect(inherentLevel(user('root', true), at('bob/a'), isMount)).toBeUndefined();
    expect(
      inherentLevel(user('datasets'), at('datasets/a'), isMount),
      'a user of that name owns no mount',
    ).toBeUndefined();
    expect(inherentLevel(anonymous, at('bob'), isMount)).toBeUndefined();
  });

  test('a link reads its items and what is below them, never beside or above (SH-01, SH-02)', () => {
    const items = [{ name: 'x' as EntryName, path: at('bob/docs'), kind: 'directory' as const }];
    const level = (path: string) => inherentLevel({ kind: 'link', id: 'l', items }, at(path), isMount);
    expect([level('bob/docs'), level('bob/docs/a/b')]).toEqual(['read', 'read']);
    for (const path of ['bob', 'bob/docs-evil', 'bob/doc', 'bob/x', 'alice/docs'])
      expect(level(path), path).toBeUndefined();
  });
});

describe('a grant', () => {
  test('covers its subtree, lets its ancestors be passed through, and respects borders (PT-09)', () => {
    const rules = [rule('bob/team', 'write')];
    expect(grantedLevel(at('bob/team'), rules)).toBe('write');
    expect(grantedLevel(at('bob/team/a/b'), rules)).toBe('write');
    expect(grantedLevel(at('bob'), rules)).toBe('list');
    for (const path of ['bob/team-secret', 'bob/teams', 'bob/tea', 'bobby', 'bob/x/team', 'alice']) {
      expect(grantedLevel(at(path), rules), path).toBeUndefined();
    }
    expect([
      ...leadingNames(at('bob'), [...rules, rule('bob/x/y', 'read'), rule('bobby/z', 'read')]),
    ]).toEqual(['team', 'x']);
    expect([...leadingNames(at('bob/team'), rules)]).toEqual([]);
    expect([...leadingRoots([...rules, rule('alice/b', 'list')])]).toEqual(['bob', 'alice']);
  });

  test('that decides is the highest, and of equal ones the nearest', () => {
    const rules = [
      rule('bob', 'read'),
      rule('bob/a/b', 'read'),
      rule('bob/a', 'read'),
      rule('bob/a/x', 'write'),
    ];
    expect(decidingRule(at('bob/a/b/c'), rules)?.path).toBe('bob/a/b');
    expect(decidingRule(at('bob/a/b/c'), [...rules, rule('bob', 'write')])?.level).toBe('write');
  });

  const path = stringMatching(/^[ab](\/[ab]{1,2}){0,3}$/).map(at);
  const rules = array(record({ path, level: constantFrom(...levels), grantee: constantFrom('public') }), {
    maxLength: 6,
  });

  test('more never lowers a level, nowhere', () => {
    assert(
      property(path, rules, rules, (where, some, others) => {
        const before = grantedLevel(where, some);
        if (before) expect(includesLevel(grantedLevel(where, [...some, ...others]), before)).toBe(true);
      }),
    );
  });

  test('above holds for all below, and more than list comes from nowhere else', () => {
    assert(
      property(path, rules, (where, some) => {
        const level = grantedLevel(where, some);
        const covering = some.filter((candidate) => containsPath(candidate.path, where));
        for (const { level: granted } of covering) expect(includesLevel(level, granted)).toBe(true);
        if (includesLevel(level, 'read'))
          expect(covering.map((candidate) => candidate.level)).toContain(level);
        const leading = some.some((candidate) => containsPath(where, candidate.path));
        expect(level !== undefined).toBe(covering.length > 0 || leading);
      }),
    );
  });
});

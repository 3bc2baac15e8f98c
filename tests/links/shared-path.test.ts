import { describe, expect, test } from 'vitest';
import type { EntryName, EntryPath } from '../../server/contract/path.ts';
import { resolveSharedPath } from '../../server/links/shared-path.ts';

const item = (name: string, path: string) => ({
  name: name as EntryName,
  path: path as EntryPath,
  kind: 'directory' as const,
});
const actor = {
  kind: 'link' as const,
  id: 'l',
  items: [item('docs', 'bob/x/docs'), item('docs (2)', 'bob/y/docs')],
};

describe('a path under a link', () => {
  test('begins with the name of an item and goes on below it', () => {
    expect(resolveSharedPath(actor, 'docs')).toBe('bob/x/docs');
    expect(resolveSharedPath(actor, 'docs (2)/a/b.txt')).toBe('bob/y/docs/a/b.txt');
  });

  test.each([
    '',
    '/',
    'x',
    'Docs',
    'docs (3)',
    'bob',
    '..',
    '/docs',
    'docs/',
    'docs//a',
    'docs/..',
    'docs/../docs (2)',
    'docs/.',
    'docs/a\0',
    'doc',
    'docsx/a',
  ])('%j is nothing (SH-01, SH-02)', (path) => {
    expect(() => resolveSharedPath(actor, path)).toThrow();
  });
});

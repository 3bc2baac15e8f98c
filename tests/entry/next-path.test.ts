import { expect, test } from 'vitest';
import { nextPath } from '../../server/contract/next-path.ts';

const origin = 'https://files.example.org';

test('after signing in one goes where one wanted to go', () => {
  expect(nextPath('/browse/alice/a%20b?x=1', origin)).toBe('/browse/alice/a%20b?x=1');
});

test.each([
  null,
  '',
  'browse',
  'https://evil.example/x',
  '//evil.example/x',
  '/\\evil.example/x',
  '/\t/evil.example/x',
  '/.//evil.example/x',
  'javascript:alert(1)',
])('an address that leads elsewhere is refused: %j', (wanted) => {
  expect(nextPath(wanted, origin)).toBe('/');
});

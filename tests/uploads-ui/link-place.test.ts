import { expect, test } from 'vitest';
import { placeOf } from '../../src/lib/features/links/link-place.ts';

const linkOn = (uri: string) => ({ items: [{ uri }] });

test('a link leads to the folder of its first item', () => {
  expect(placeOf(linkOn('storage://home/alice/my%20data/a%2Bb.txt'))).toEqual({
    href: '/browse/alice/my%20data',
    words: 'alice / my data',
  });
});

test('a link whose items are gone leads nowhere', () => {
  expect(placeOf({ items: [] })).toBeUndefined();
});

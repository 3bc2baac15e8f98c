import { expect, test } from 'vitest';
import { createIdentifier } from '../../server/base/identifier.ts';

test('no identifier begins as an option does, so that a command takes it for what it is', () => {
  const identifiers = Array.from({ length: 5000 }, createIdentifier);
  expect(identifiers.filter((identifier) => !/^\w[\w-]{21}$/.test(identifier))).toEqual([]);
});

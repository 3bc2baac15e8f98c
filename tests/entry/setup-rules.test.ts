import { expect, test } from 'vitest';
import { passwordSchema, userNameSchema } from '../../server/contract/schemas.ts';
import { explainName, explainPassword } from '../../src/lib/features/entry/setup-rules.ts';

test.each([
  'a',
  'alice',
  'a.b-c_d9',
  'x'.repeat(32),
  '',
  'Alice',
  '-a',
  'a-',
  'x'.repeat(33),
  'ä',
  'a b',
  'a/b',
])('the page and the server agree about the name %j', (name) => {
  expect(explainName(name) === undefined).toBe(userNameSchema.safeParse(name).success);
});

test.each(['', '1234567', '12345678', 'correct horse'])(
  'the page and the server agree about the password %j',
  (text) => {
    expect(explainPassword(text) === undefined).toBe(passwordSchema.safeParse(text).success);
  },
);

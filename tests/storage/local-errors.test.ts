import { describe, expect, test } from 'vitest';
import { AppError } from '../../server/contract/app-error.ts';
import { classifyLocalError } from '../../server/storage/drivers/local-errors.ts';

function systemError(code: string): Error {
  const message = `${code}: it failed, open '/srv/data/alice/secret'`;
  return Object.assign(new Error(message), {
    code,
    errno: -1,
    syscall: 'open',
    path: '/srv/data/alice/secret',
  });
}

describe('an error of the file system', () => {
  for (const [code, meaning] of [
    ['ENOENT', 'not_found'],
    ['ENOTDIR', 'not_found'],
    ['ELOOP', 'not_found'],
    ['EEXIST', 'precondition_failed'],
    ['EISDIR', 'conflict'],
    ['EXDEV', 'conflict'],
    ['ENAMETOOLONG', 'invalid'],
    ['ENOSPC', 'out_of_space'],
    ['EDQUOT', 'out_of_space'],
    ['EROFS', 'unavailable'],
    ['EMFILE', 'unavailable'],
    ['EIO', 'unavailable'],
    ['EACCES', 'forbidden'],
    ['EPERM', 'forbidden'],
    ['EUNHEARDOF', 'unavailable'],
  ] as const) {
    test(`${code} means ${meaning}, and names no path of the disk`, () => {
      const error = classifyLocalError(systemError(code));
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: meaning });
      expect(error.message).not.toContain('/');
    });
  }
});

test('what the body or the signal of the caller threw passes unchanged', () => {
  const refused = new AppError('too_large', 'Too large.');
  expect(classifyLocalError(refused)).toBe(refused);
  const aborted = new DOMException('Aborted.', 'AbortError');
  expect(classifyLocalError(aborted)).toBe(aborted);
});

import { AppError, type ErrorCode } from '../server/contract/app-error.ts';
import { exitCodeOf } from '../server/contract/exit-codes.ts';

/** What a local file error means, by its errno. */
const codeOfErrno: Record<string, ErrorCode> = {
  ENOENT: 'not_found',
  ENOTDIR: 'conflict',
  EISDIR: 'conflict',
  EEXIST: 'conflict',
  ENOTEMPTY: 'conflict',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  ENAMETOOLONG: 'invalid',
  ELOOP: 'invalid',
  ENOSPC: 'out_of_space',
  EDQUOT: 'out_of_space',
  EIO: 'unavailable',
  EMFILE: 'unavailable',
};

const wordsOfErrno: Record<string, string> = {
  ENOENT: 'There is no such file or folder.',
  ENOTDIR: 'A part of this path is a file, not a folder.',
  EISDIR: 'This is a folder.',
  EACCES: 'You may not do this. Look at the permissions of the file and its folder.',
  EPERM: 'You may not do this.',
  EROFS: 'The file system is read-only.',
  ENAMETOOLONG: 'The name is too long for this file system.',
  ELOOP: 'There are too many symbolic links on the way.',
  ENOSPC: 'The disk is full.',
  EDQUOT: 'Your quota on this disk is used up.',
  EIO: 'The disk does not answer as it should.',
};

/** The person asked to stop: Ctrl-C, or SIGTERM. */
export class Interrupted extends Error {
  constructor(message = 'stopped.') {
    super(message);
    this.name = 'Interrupted';
  }
}

/** The command was called in a way that makes no sense. */
export function usageError(message: string): AppError {
  return new AppError('invalid', message, { reason: 'usage' });
}

/** Any error as an `AppError`: those of the local file system get their meaning from their errno. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new AppError(codeOfErrno[code] ?? 'internal', wordsOfErrno[code] ?? message ?? String(error), {
    cause: error,
  });
}

/** The same error, with what it is about in front. */
export function about(subject: string, error: unknown): Error {
  if (error instanceof Interrupted) return error;
  const { code, message, reason } = toAppError(error);
  return new AppError(code, `${subject}: ${message}`, { reason, cause: error });
}

export function exitCodeFor(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  const { code, reason } = toAppError(error);
  return reason === 'usage' ? 2 : exitCodeOf[code];
}

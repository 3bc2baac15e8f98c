import { AppError } from '../../contract/app-error.ts';
import type { ErrorCode } from '../../contract/app-error.ts';
import { folderStandsThere, nameTaken, notFound, otherVolume } from '../storage-errors.ts';

type Meaning = { code: ErrorCode; message: string; reason?: string | undefined };

const nothingHere: Meaning = notFound();
const noSpace: Meaning = { code: 'out_of_space', message: 'The storage has no room for this.' };
const isFolder: Meaning = folderStandsThere();
const isTaken: Meaning = nameTaken();
const onOtherVolume: Meaning = otherVolume();
const failing: Meaning = {
  code: 'unavailable',
  message: 'The storage does not answer as it should. Try again later.',
};
// Not `unavailable`: trying again does not help, and what was asked for is visible but refused.
const denied: Meaning = {
  code: 'forbidden',
  message: 'The operating system does not let the server do that here. Ask whoever runs it.',
  reason: 'storage_denied',
};

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: nothingHere,
  ENOTDIR: nothingHere,
  ELOOP: nothingHere,
  ENXIO: nothingHere,
  ENODEV: nothingHere,
  EEXIST: isTaken,
  ENOTEMPTY: isTaken,
  EISDIR: isFolder,
  EINVAL: { code: 'conflict', message: 'That cannot be done here.' },
  EBUSY: { code: 'conflict', message: 'Another program is using this.' },
  EXDEV: onOtherVolume,
  ENAMETOOLONG: {
    code: 'invalid',
    message: 'That name or path is too long for this storage.',
    reason: 'bad_path',
  },
  EILSEQ: { code: 'invalid', message: 'This storage cannot hold that name.', reason: 'bad_name' },
  EFBIG: { code: 'too_large', message: 'This storage cannot hold a file that large.' },
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EACCES: denied,
  EPERM: denied,
  EROFS: { code: 'unavailable', message: 'This storage is read-only.', reason: 'read_only' },
  EMFILE: failing,
  ENFILE: failing,
  EIO: failing,
  ESTALE: failing,
  ETIMEDOUT: failing,
};

/** Turns an error of the file system into what it means; any other error passes unchanged. */
export function classifyLocalError(error: unknown): Error {
  if (!(error instanceof Error)) return new AppError('internal', 'Something went wrong.', { cause: error });
  const { code, path } = error as NodeJS.ErrnoException;
  const meaning = code !== undefined && Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  if (error instanceof AppError || (!meaning && path === undefined)) return error;
  const { code: meant, message, reason } = meaning ?? failing;
  return new AppError(meant, message, { reason, cause: error });
}

export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

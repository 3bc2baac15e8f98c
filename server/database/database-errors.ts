import { AppError } from '../contract/app-error.ts';

/** What SQLite's own result codes mean; any other error passes unchanged. */
export function classifyDatabaseError(error: unknown): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error;
  if (code === 'SQLITE_FULL') {
    return new AppError('out_of_space', 'The volume of the database is full. Free some space there.', {
      cause: error,
    });
  }
  if (/^SQLITE_(BUSY|LOCKED|IOERR|READONLY|CANTOPEN|PROTOCOL|NOMEM)/.test(code)) {
    return new AppError('unavailable', 'The database cannot be used at the moment. Try again later.', {
      cause: error,
    });
  }
  return error;
}

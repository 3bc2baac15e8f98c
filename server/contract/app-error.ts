/**
 * The error codes that the server, the browser and the command line agree on. A code says what happened;
 * what it means to HTTP or to a shell is decided in one table at each door.
 */
export const errorCodes = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'gone',
  'precondition_failed',
  'too_large',
  'range_invalid',
  'locked',
  'rate_limited',
  'internal',
  'unavailable',
  'out_of_space',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** What an error looks like on the wire: `{"error": {"code", "reason"?, "message"}}`. */
export type ErrorBody = { error: { code: ErrorCode; reason?: string; message: string } };

type AppErrorOptions = { reason?: string; retryAfter?: number; cause?: unknown };

/**
 * The one error that Drey throws on purpose. `message` is written for the person who meets it and says what to do;
 * it never holds a path of the server's disk. `reason` is a stable word for programs that must tell two cases of one
 * code apart, such as `link_expired`. `retryAfter` is in how many seconds the same may succeed, where that is known.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, { reason, retryAfter, cause }: AppErrorOptions = {}) {
    super(message, { cause });
    this.name = 'AppError';
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export function hasCode(error: unknown, ...codes: ErrorCode[]): error is AppError {
  return error instanceof AppError && codes.includes(error.code);
}

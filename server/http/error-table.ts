import type { ErrorCode } from '../contract/app-error.ts';

/** What each error code means to HTTP; nothing else in Drey knows a status. */
export const statusOf: Record<ErrorCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  range_invalid: 416,
  locked: 423,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  out_of_space: 507,
};

import type { ErrorCode } from './app-error.ts';

/** What each error code means to a shell (sysexits.h, as far as it has a word for it). */
export const exitCodeOf: Record<ErrorCode, number> = {
  invalid: 65,
  unauthenticated: 77,
  forbidden: 77,
  not_found: 72,
  conflict: 65,
  gone: 72,
  precondition_failed: 65,
  too_large: 65,
  range_invalid: 65,
  locked: 74,
  rate_limited: 74,
  internal: 70,
  unavailable: 74,
  out_of_space: 74,
};

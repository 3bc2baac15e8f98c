/** What went wrong with one request: its HTTP status, or 0 when no answer came. */
export type RequestFailure = { status: number; isOnline: boolean; attempt: number };

export type RetryDecision =
  { kind: 'give-up' } | { kind: 'when-online' } | { kind: 'after'; delayMs: number };

/** About ten minutes in all: long enough for a server that is being updated. */
export const retryDelaysMs = [0, 1000, 3000, 5000, 10_000, 20_000, ...Array<number>(18).fill(30_000)];

/**
 * 409 means that our idea of the offset is stale: asking again mends it. 423 is an upload held for a moment, 460 bytes
 * that arrived otherwise than they were sent.
 */
const passingStatuses = new Set([408, 409, 423, 425, 429, 460, 500, 502, 503, 504]);

/** Whether and when to try a failed request again. `attempt` counts failures since bytes last moved, from 0. */
export function decideRetry({ status, isOnline, attempt }: RequestFailure): RetryDecision {
  if (status !== 0 && !passingStatuses.has(status)) return { kind: 'give-up' };
  if (status === 0 && !isOnline) return { kind: 'when-online' };
  const delayMs = retryDelaysMs[attempt];
  return delayMs === undefined ? { kind: 'give-up' } : { kind: 'after', delayMs };
}

import type { RetryDecision } from './retry-pacing.ts';

/** Browsers are sometimes wrong about being offline, so even then it is worth asking now and then. */
const offlineProbeMs = 20_000;

/** Resolves when it is time to try again: after the delay, or at once when the connection comes back. */
export function waitForRetry(decision: Exclude<RetryDecision, { kind: 'give-up' }>, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener('online', finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, decision.kind === 'after' ? decision.delayMs : offlineProbeMs);
    addEventListener('online', finish);
    signal.addEventListener('abort', finish);
  });
}

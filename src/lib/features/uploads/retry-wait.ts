import { refusalOf } from './refusal-reader.ts';
import { decideRetry, type RetryDecision } from './retry-pacing.ts';

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

type Persistence = { onStalled: () => void; onReached: () => void; isWanted: () => boolean };

/** Asks the server, and asks again for as long as the connection is away and the answer is wanted. */
export async function persist<T>(ask: () => Promise<T>, events: Persistence): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await ask();
      if (attempt > 0) events.onReached();
      return answer;
    } catch (error) {
      if (refusalOf(error).code !== 'unavailable' || !events.isWanted()) throw error;
      const decision = decideRetry({ status: 0, isOnline: navigator.onLine, attempt });
      if (decision.kind === 'give-up') throw error;
      events.onStalled();
      await waitForRetry(decision, new AbortController().signal);
    }
  }
}

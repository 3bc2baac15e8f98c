import { describe, expect, test } from 'vitest';
import { decideRetry, retryDelaysMs } from '../../src/lib/features/uploads/retry-pacing.ts';

describe('after a failed request', () => {
  test.each([400, 401, 403, 404, 410, 412, 413, 507])('%i is the last word', (status) => {
    expect(decideRetry({ status, isOnline: true, attempt: 0 })).toEqual({ kind: 'give-up' });
  });

  test.each([0, 409, 423, 429, 460, 500, 502, 503, 504])('%i is tried again', (status) => {
    expect(decideRetry({ status, isOnline: true, attempt: 1 })).toEqual({ kind: 'after', delayMs: 1000 });
  });

  test('a browser that knows it is offline waits for the network, however often that happens', () => {
    expect(decideRetry({ status: 0, isOnline: false, attempt: 1000 })).toEqual({ kind: 'when-online' });
  });

  test('a server that stays away is given up on in the end', () => {
    const attempt = retryDelaysMs.length;
    expect(decideRetry({ status: 0, isOnline: true, attempt })).toEqual({ kind: 'give-up' });
  });

  test('a restart of five minutes is sat out', () => {
    expect(retryDelaysMs.reduce((sum, delay) => sum + delay)).toBeGreaterThan(5 * 60_000);
  });
});

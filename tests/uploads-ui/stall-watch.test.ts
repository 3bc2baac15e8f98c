import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { deadAfterMs, StallWatch } from '../../src/lib/features/uploads/stall-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a connection on which nothing moves for a minute is dead, and told of once', () => {
  const onDead = vi.fn();
  const watch = new StallWatch(onDead);
  watch.moved();
  vi.advanceTimersByTime(deadAfterMs - 1000);
  watch.moved();
  vi.advanceTimersByTime(deadAfterMs - 1000);
  expect(onDead).not.toHaveBeenCalled();
  vi.advanceTimersByTime(deadAfterMs * 3);
  expect(onDead).toHaveBeenCalledTimes(1);
  watch.end();
});

test('waiting for the answer, or for the next try, is no standstill', () => {
  const onDead = vi.fn();
  const watch = new StallWatch(onDead);
  watch.moved();
  watch.rest();
  vi.advanceTimersByTime(deadAfterMs * 3);
  watch.moved();
  watch.end();
  vi.advanceTimersByTime(deadAfterMs * 3);
  expect(onDead).not.toHaveBeenCalled();
});

import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunningWatch } from '../../server/base/running-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what runs is cut when its right has ended; what has ended by itself, or still may, is left alone', async () => {
  const steps = fc.array(fc.record({ name: fc.constantFrom('alice', 'bob'), leaves: fc.nat(20) }), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const cut: number[] = [];
      const watch = new RunningWatch<string>({
        keyOf: (name) => name,
        stillHolds: async (name) => name === 'alice',
        log: pino({ enabled: false }),
      });
      const running = new Map<number, { name: string; leave: () => void }>();
      for (const [index, { name, leaves }] of steps.entries()) {
        running.set(index, { name, leave: watch.watch(name, () => cut.push(index)) });
        // Twice, as a response that is closed and finished may.
        running.get(leaves)?.leave();
        running.get(leaves)?.leave();
        running.delete(leaves);
      }
      await vi.advanceTimersByTimeAsync(2000);
      const withoutRight = [...running].filter(([, { name }]) => name === 'bob').map(([index]) => index);
      expect(cut.toSorted((one, other) => one - other)).toEqual(withoutRight);
      for (const { leave } of running.values()) leave();
      await vi.advanceTimersByTimeAsync(2000);
    }),
  );
});

import { expect, test } from 'vitest';
import { WorkerThread } from '../../server/base/worker-thread.ts';

const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

function start() {
  return new WorkerThread<string, string>({
    beside: import.meta.url,
    program: 'fragile-program',
    resourceLimits,
  });
}

test('a thread answers each order, and an order that it refuses fails alone', async () => {
  const thread = start();
  const asked = [thread.ask('a'), thread.ask('refuse'), thread.ask('b')] as const;
  await expect(asked[1]).rejects.toThrow('refused');
  expect(await Promise.all([asked[0], asked[2]])).toEqual(['A', 'B']);
});

test('who waits for a thread that dies is told, and the next order is answered by another', async () => {
  const thread = start();
  const asked = [thread.ask('die'), thread.ask('die')];
  for (const answer of asked) await expect(answer).rejects.toThrow('dead');
  expect(await thread.ask('again')).toBe('AGAIN');
});

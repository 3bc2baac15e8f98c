import { readdir, readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { WorkerThread } from '../../server/base/worker-thread.ts';

const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

function start(niceness = 0) {
  return new WorkerThread<string, string>({
    beside: import.meta.url,
    program: 'fragile-program',
    resourceLimits,
    niceness,
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

test.runIf(process.platform === 'linux')('a nice thread gives way to others, and they do not', async () => {
  await start(7).ask('a');
  expect(await threadsOf(7)).toBe(1);
});

test.runIf(process.platform === 'linux')(
  'a thread that is ended when nobody waits is gone, and the next order is answered by another',
  async () => {
    const thread = start(8);
    const asked = thread.ask('a');
    thread.end();
    expect(await asked).toBe('A');
    thread.end();
    await vi.waitFor(async () => expect(await threadsOf(8)).toBe(0));
    expect(await thread.ask('b')).toBe('B');
  },
);

/** How many threads of this process have that niceness (proc_pid_stat(5), field 19). */
async function threadsOf(niceness: number): Promise<number> {
  const threads = await readdir('/proc/self/task');
  const stats = await Promise.all(
    threads.map((id) => readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')),
  );
  return stats.filter((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16] === String(niceness))
    .length;
}

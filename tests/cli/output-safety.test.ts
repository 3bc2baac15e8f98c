import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';

const main = join(import.meta.dirname, '../../cli/main.ts');

/** Runs `drey` within a shell's line, in which it is `$drey`. */
async function prepare(bytes: number) {
  const server = await startTestServer();
  const { folder } = await openShell(server, server.bob);
  await server.put(server.bob, 'bob/a.txt', 'x'.repeat(bytes));
  return async (line: string) => {
    const { PATH } = process.env;
    const drey = `${process.execPath} ${main}`;
    const env = { PATH, drey, HOME: folder, DREY_URL: server.origin, DREY_TOKEN: server.bob.token };
    const child = spawn('sh', ['-c', line], { cwd: folder, env: { ...env, DREY_RETRY_SECONDS: '2' } });
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code: code as number, stdout: stdout.trim(), stderr };
  };
}

describe('what is printed', () => {
  test.each(['cat storage:a.txt', 'cp storage:a.txt -'])(
    'arrives whole where the reader takes its time: drey %s',
    async (command) => {
      // A pipe holds 64 KiB: the rest waits in the client, which cannot be seen from here, until the reader begins.
      const run = await prepare(75_000);
      const { stdout } = await run(`$drey ${command} | (sleep 2; wc -c)`);
      expect(stdout).toBe('75000');
    },
  );

  test('into a device that takes no more is told in one line, and at once', async () => {
    const run = await prepare(10);
    const { code, stderr } = await run('$drey cp storage:a.txt /dev/full');
    expect([code, stderr]).toEqual([74, expect.stringMatching(/^drey: [^\n]*The disk is full\.\n$/)]);
  });
});

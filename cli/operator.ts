import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What an operator does on the installation itself; `server/` answers these. */
export const operatorCommands = ['serve', 'user', 'group', 'token', 'key'] as const;

/**
 * Runs the server's own command line with our terminal, and answers its exit code. Where the system can, it takes our
 * place, so that whoever started and stops us has to do with nobody else.
 */
export function runOperator(args: readonly string[]): Promise<number> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const main = fileURLToPath(new URL(`../server/main.${extension}`, import.meta.url));
  process.execve?.(process.execPath, [process.execPath, main, ...args], process.env);
  const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both of us; what is sent to us alone is handed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

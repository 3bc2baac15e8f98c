import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export type Program = {
  /** What it printed to be opened. */
  address: string;
  origin: string;
  /** Asks it to stop, as Ctrl-C does, and answers its exit code. */
  stop: () => Promise<number | null>;
  /** Ends it as a loss of power does. */
  kill: () => Promise<unknown>;
};

/** Starts the server as a newcomer does: the program itself, on a free port. */
export async function startProgram(dataFolder: string, ...folders: string[]): Promise<Program> {
  const program = spawn(process.execPath, ['server/main.ts', 'serve', ...folders], {
    env: { PATH: process.env.PATH, DREY_DATA: dataFolder, DREY_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => program.once('exit', resolve));
  onTestFinished(async () => {
    program.kill('SIGKILL');
    await ended;
  });
  for await (const line of createInterface({ input: program.stdout })) {
    const address = /https?:\/\/\S+/.exec(line)?.[0];
    if (address === undefined) continue;
    const stop = () => {
      program.kill('SIGINT');
      return ended;
    };
    const kill = () => {
      program.kill('SIGKILL');
      return ended;
    };
    return { address, origin: new URL(address).origin, stop, kill };
  }
  throw new Error('The server printed no address.');
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const startMs = 20_000;
const stopMs = 15_000;
const commandMs = 400_000;

type Options = { cwd?: string; env?: Record<string, string>; input?: string };

/** Runs a program to its end and answers what it printed. Throws, with what it complained of, when it fails. */
export async function runCommand(program: string, args: readonly string[], options: Options = {}) {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: commandMs,
  });
  child.stdin?.end(options.input);
  const [output, complaints, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}: ${complaints.trim()}`);
  return output;
}

/** A program that goes on until it is stopped. */
export class Daemon {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
    this.#ended = new Promise((resolve) => child.once('close', resolve));
  }

  /** Resolves when the program has printed something that `ready` matches, with its first group. */
  static async start(program: string, args: readonly string[], ready: RegExp, options: Options = {}) {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    const daemon = new Daemon(child);
    let printed = '';
    const announced = new Promise<string>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        printed += chunk.toString();
        const found = ready.exec(printed);
        if (found) resolve(found[1] ?? found[0]);
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('close', () => reject(new Error(`${program} ended at once: ${printed.trim()}`)));
      setTimeout(() => reject(new Error(`${program} did not start: ${printed.trim()}`)), startMs).unref();
    });
    try {
      return { daemon, word: await announced };
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stopMs);
    await this.#ended;
    clearTimeout(force);
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { TestServer, TestUser } from '../support/test-server.ts';

const main = join(import.meta.dirname, '../../cli/main.ts');

export type Outcome = { code: number | null; stdout: string; stderr: string };
export type RunOptions = { input?: string | Buffer; env?: Record<string, string>; cwd?: string };
/** A command that has not ended yet. */
export type Running = { child: ChildProcess; outcome: Promise<Outcome> };

/** `drey` as one person runs it in one place: a folder of their own for files, settings and state. */
export class Shell {
  /** Where commands run; gone when the test is over. */
  readonly folder: string;
  readonly #env: Record<string, string>;

  constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.#env = env;
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { child, outcome } = this.start(args, options);
    child.stdin?.end(options.input);
    return outcome;
  }

  /** Runs a command that is expected to succeed, and answers its standard output. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`drey ${args.join(' ')} exited ${code}: ${stderr}`);
    return stdout;
  }

  start(args: readonly string[], options: RunOptions = {}): Running {
    return this.#spawn(process.execPath, [main, ...args], options);
  }

  /** A line of `sh`, in which `drey` is the command, for what only a shell does. */
  async runLine(line: string, options: RunOptions = {}): Promise<Outcome> {
    const { child, outcome } = this.#spawn(
      'sh',
      ['-c', `drey() { '${process.execPath}' '${main}' "$@"; }\n${line}`],
      options,
    );
    child.stdin?.end(options.input);
    return outcome;
  }

  /** On a terminal, whose keyboard is the child's standard input and whose screen is its standard output. */
  startOnTerminal(args: readonly string[], options: RunOptions = {}): Running {
    const line = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
    return this.#spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], options);
  }

  #spawn(program: string, args: readonly string[], { env, cwd }: RunOptions): Running {
    const child = spawn(program, args, {
      cwd: cwd ?? this.folder,
      env: {
        PATH: process.env.PATH,
        TZ: 'UTC',
        HOME: this.folder,
        XDG_CONFIG_HOME: join(this.folder, '.config'),
        XDG_STATE_HOME: join(this.folder, '.state'),
        NODE_COMPILE_CACHE: join(tmpdir(), 'drey-test-compile-cache'),
        ...this.#env,
        ...env,
      },
    });
    child.stdin?.on('error', () => {});
    const outcome = Promise.all([
      once(child, 'exit'),
      text(child.stdout).catch(() => ''),
      text(child.stderr),
    ]).then(([[code], stdout, stderr]) => ({ code: code as number | null, stdout, stderr }));
    return { child, outcome };
  }
}

/** A shell of someone who is signed in by the environment, to the server or to a proxy in front of it. */
export async function openShell(server: TestServer, user?: TestUser, url = server.origin): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return new Shell(folder, user ? { DREY_URL: url, DREY_TOKEN: user.token } : {});
}

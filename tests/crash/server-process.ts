import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

export type Account = { name: string; token: string };

/** Runs an operator's command to its end and answers what it printed. */
export async function runOperator(
  args: readonly string[],
  environment: Record<string, string>,
  input = '',
): Promise<string> {
  const child = spawnDrey(args, environment);
  child.stdin!.end(input);
  const [output, complaints, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`drey ${args[0]} ended with ${code ?? 'a signal'}: ${complaints.trim()}`);
  return output.trim();
}

/** A first user and a token of theirs, in a data folder that is made for it. */
export async function createAccount(name: string, environment: Record<string, string>): Promise<Account> {
  await runOperator(
    ['user', 'add', name, '--admin', '--password-stdin'],
    environment,
    'correct horse battery',
  );
  return { name, token: await runOperator(['token', 'create', '--user', name], environment) };
}

/** The server in a process of its own, as an operator starts it. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly complaints: Promise<string>;
  origin = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = once(child, 'close');
    this.complaints = text(child.stderr!);
  }

  /** Starts it, without waiting until it serves: see `serving`. */
  static begin(environment: Record<string, string>, ...folders: string[]): ServerProcess {
    return new ServerProcess(spawnDrey(['serve', ...folders], environment));
  }

  static async start(environment: Record<string, string>, ...folders: string[]): Promise<ServerProcess> {
    const server = ServerProcess.begin(environment, ...folders);
    await server.serving();
    return server;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when it has printed its address. Throws, with its complaints, when it ends before. */
  async serving(): Promise<void> {
    for await (const line of createInterface({ input: this.#child.stdout! })) {
      const address = /https?:\/\/\S+/.exec(line)?.[0];
      if (address === undefined) continue;
      this.origin = new URL(address).origin;
      this.#child.stdout!.resume();
      return;
    }
    throw new Error(`The server did not start: ${(await this.complaints).trim()}`);
  }

  /** As a power cut takes it: no handler runs. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }
}

function spawnDrey(args: readonly string[], environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['server/launcher.js', ...args], {
    cwd: project,
    env: { PATH: process.env.PATH, DREY_PORT: '0', DREY_LOG_LEVEL: 'error', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

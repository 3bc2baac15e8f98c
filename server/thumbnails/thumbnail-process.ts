import { fork, type ChildProcess } from 'node:child_process';
import type { ThumbnailOrder, ThumbnailReply } from './thumbnail-program.ts';

const idleMs = 10_000;
/** The program has a limit of its own; this one is for a program that hangs. */
const maxMs = 20_000;

// Compiled, everything lies in one folder, as JavaScript.
const programUrl = new URL(
  import.meta.url.endsWith('.ts') ? './thumbnail-program.ts' : './thumbnail-program.js',
  import.meta.url,
);

/** Makes pictures small in a process of their own, which is there only while there is something to do. */
export class ThumbnailProcess {
  #child: ChildProcess | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #count = 0;

  /** Answers false when there is no picture in the file, or one that is too large, or takes too long. */
  async make(from: string, to: string): Promise<boolean> {
    clearTimeout(this.#idleTimer);
    const child = (this.#child ??= this.#start());
    try {
      return await order(child, { id: (this.#count += 1), from, to });
    } finally {
      clearTimeout(this.#idleTimer);
      this.#idleTimer = setTimeout(() => this.close(), idleMs).unref();
    }
  }

  close(): void {
    clearTimeout(this.#idleTimer);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    // Nothing of what this server knows is for it to know.
    const child = fork(programUrl, {
      env: {},
      execArgv: ['--max-old-space-size=64'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.unref();
    child.channel?.unref();
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }
}

function order(child: ChildProcess, request: ThumbnailOrder): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), maxMs);
    const settle = (isMade: boolean) => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', fail);
      child.off('error', fail);
      child.channel?.unref();
      resolve(isMade);
    };
    const fail = () => settle(false);
    const hear = ({ id, isMade }: ThumbnailReply) => {
      if (id === request.id) settle(isMade);
    };
    child.channel?.ref();
    child.on('message', hear);
    child.once('exit', fail);
    child.once('error', fail);
    child.send(request, (error) => error && fail());
  });
}

import type { WriteStream } from 'node:tty';
import { printable } from './printable.ts';

type Stream = NodeJS.WriteStream;

/** Where a command prints: results to standard output, everything said about them to standard error. */
export class Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly stdin: NodeJS.ReadStream;
  /** Stands above what is being drawn at the bottom of the terminal while it prints. */
  #suspend: ((print: () => void) => void) | undefined;

  constructor({ stdin, stdout, stderr }: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'> = process) {
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  get isInteractive(): boolean {
    return this.stdout.isTTY === true;
  }

  get columns(): number {
    return this.stdout.columns ?? 80;
  }

  /** Prints to standard output, and waits while its reader is slow. */
  async print(text: string): Promise<void> {
    if (text !== '') await this.write(text);
  }

  /** Resolves when the chunk is out: nothing after it counts as done when there was no room for it. */
  async write(chunk: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }

  async printLine(line: string): Promise<void> {
    await this.print(`${line}\n`);
  }

  /** One line to standard error. */
  say(line: string): void {
    const print = () => void this.stderr.write(`${line}\n`);
    if (this.#suspend) this.#suspend(print);
    else print();
  }

  /** A name for a person to read: on a terminal nothing in it can move the cursor. */
  show(name: string): string {
    return this.isInteractive ? printable(name) : name;
  }

  /** While `suspend` is set, lines are printed through it. */
  drawBelow(suspend: ((print: () => void) => void) | undefined): void {
    this.#suspend = suspend;
  }

  paint(style: keyof typeof styles, text: string): string {
    return this.#hasColours(this.stdout) ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
  }

  #hasColours(stream: Stream): boolean {
    return stream.isTTY === true && (stream as WriteStream).hasColors();
  }
}

const styles = { folder: '1;34', faint: '2', bold: '1' } as const;

import { toAppError } from './exit-code.ts';
import { printable } from './terminal/printable.ts';

/** An error whose words have been printed already; what is left of it is its exit code. */
export class ToldError extends Error {
  constructor(cause: unknown) {
    super('told', { cause });
    this.name = 'ToldError';
  }
}

/** One line: what it is about, what went wrong, what to do. */
export function describeError(error: unknown, subject?: string): string {
  const message =
    error instanceof Error && error.name === 'Interrupted' ? error.message : toAppError(error).message;
  const line =
    subject === undefined || message.startsWith(`${subject}:`) ? message : `${subject}: ${message}`;
  return printable(line.replaceAll('\n', ' '));
}

/** The error and its causes, with their stacks, for `--debug`. */
export function describeDeeply(error: unknown): string {
  const lines: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    lines.push(cause.stack ?? cause.message);
  }
  return lines.join('\nbecause of ');
}

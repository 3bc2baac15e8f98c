import type { CommanderError } from 'commander';
import { describeDeeply, describeError, ToldError } from './error-line.ts';
import { exitCodeFor, Interrupted } from './exit-code.ts';
import { createProgram } from './program.ts';
import { commandTable } from './command-table.ts';
import { endForLostOutput } from './terminal/lost-output.ts';
import { Terminal } from './terminal/terminal.ts';

/** Runs a client command and answers its exit code. Everything that is said on the way has been printed by then. */
export async function runClient(args: readonly string[]): Promise<number> {
  const terminal = new Terminal();
  const isDebug = args.includes('--debug');
  const stopping = new AbortController();
  listenForStop(stopping);
  terminal.stdout.on('error', (error) => endForLostOutput(error, (line) => terminal.say(line)));
  try {
    const names = args.filter((arg) => !arg.startsWith('-')).slice(0, 2);
    const program = await createProgram(commandsToLoad(names), terminal, stopping.signal, isDebug);
    if (args.length === 0) program.help();
    await program.parseAsync(withoutDebug(args), { from: 'user' });
    return 0;
  } catch (error) {
    return tell(terminal, stopping.signal.aborted ? preferInterrupted(error) : error, isDebug);
  } finally {
    // Help is printed by commander, which does not wait until they are out.
    await terminal.write('');
  }
}

function commandsToLoad([first = '', second = '']: string[]): string[] {
  if (first === 'completion') return Object.keys(commandTable);
  return first === 'help' ? [second] : [first];
}

/** `--debug` may stand anywhere before a `--`. */
function withoutDebug(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.filter((arg, index) => arg !== '--debug' || (end !== -1 && index > end));
}

function tell(terminal: Terminal, error: unknown, isDebug: boolean): number {
  if (isCommanderError(error)) {
    // Help and version have been printed.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    terminal.say(`drey: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}`);
    return 2;
  }
  if (error instanceof ToldError) return exitCodeFor(error.cause);
  terminal.say(`drey: ${describeError(error)}`);
  if (isDebug) terminal.say(describeDeeply(error));
  return exitCodeFor(error);
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

function preferInterrupted(error: unknown): unknown {
  return error instanceof Interrupted ? error : new Interrupted();
}

/** The first Ctrl-C lets the work end in order; the second ends it at once. */
function listenForStop(stopping: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort(new Interrupted());
    });
  }
}

import { Command } from 'commander';
import { commandTable } from './command-table.ts';
import { createContext } from './command-context.ts';
import type { Terminal } from './terminal/terminal.ts';
import { version } from './package-version.ts';

/** The command line as `commander` knows it. Only the commands named in `loaded` have their options. */
export async function createProgram(
  loaded: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
  isDebug: boolean,
): Promise<Command> {
  const program = configure(new Command('drey'))
    .description('Files of a team: browse, copy, and hand them on.')
    .helpCommand('help [command]', 'show help on a command')
    .version(version, '-V, --version', 'print the version')
    .option('--debug', 'show each request, and where an error comes from')
    .addHelpText('after', '\nHelp on a command, with examples: drey COMMAND --help');
  const context = createContext(terminal, signal, isDebug);
  for (const [name, { summary, load }] of Object.entries(commandTable)) {
    const command = configure(program.command(name)).description(summary);
    if (load && loaded.includes(name)) {
      (await load()).define(command, context);
      inherit(command);
    }
  }
  return program;
}

/** What an error looks like and where it goes is decided in one place, `main.ts`. */
function configure(command: Command): Command {
  return command
    .exitOverride()
    .helpOption('--help', 'show this help')
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: () => {} });
}

function inherit(command: Command): void {
  for (const child of command.commands) {
    configure(child);
    inherit(child);
  }
}

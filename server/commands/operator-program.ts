import { Command } from 'commander';
import { addExamples } from '../base/command-examples.ts';
import { loadConfig } from '../config/settings.ts';
import { defineGroupCommands } from './group-commands.ts';
import { defineKeyCommands } from './key-commands.ts';
import { LocalInstallation } from './local-installation.ts';
import { operatorExamples } from './operator-examples.ts';
import { defineTokenCommands } from './token-commands.ts';
import { defineUserCommands } from './user-commands.ts';

/** Commands on the installation itself: users, groups, tokens and keys. */
export async function runOperatorCommand(args: readonly string[]): Promise<void> {
  const program = new Command('drey').description(
    'Commands on the installation on this machine (DREY_DATA).',
  );
  const installation = new LocalInstallation(loadConfig());
  defineUserCommands(program.command('user').description('manage users'), installation);
  defineGroupCommands(program.command('group').description('manage groups of users'), installation);
  defineTokenCommands(program.command('token').description('manage API tokens'), installation);
  defineKeyCommands(
    program.command('key').description('manage the keys that links are signed with'),
    installation,
  );
  configure(program, []);
  await program.parseAsync(args, { from: 'user' });
}

/** What an error looks like is decided in one place, `main.ts`. */
function configure(command: Command, words: readonly string[]): void {
  command
    .exitOverride()
    .helpOption('--help', 'show this help')
    .configureOutput({ outputError: () => {} });
  addExamples(command, operatorExamples[words.join(' ')] ?? []);
  for (const child of command.commands) configure(child, [...words, child.name()]);
}

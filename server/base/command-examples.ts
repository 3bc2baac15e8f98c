import type { Command } from 'commander';

/** Examples below a command's help. */
export function addExamples(command: Command, examples: readonly [line: string, meaning: string][]): Command {
  if (examples.length === 0) return command;
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n\n')}`);
}

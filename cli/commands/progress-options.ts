import type { Command } from 'commander';

export type ProgressOptions = { progress?: boolean; verbose?: true };

export function addProgressOptions(command: Command): void {
  command
    .option('-p, --progress', 'show progress also when not on a terminal')
    .option('-P, --no-progress', 'show no progress')
    .option('-v, --verbose', 'name each file when it has been copied');
}

/** `commander` takes a `--no-` option for one that is on by default; here, without either, the terminal decides. */
export function readProgress(command: Command): boolean | undefined {
  return command.getOptionValueSource('progress') === 'cli'
    ? (command.getOptionValue('progress') as boolean)
    : undefined;
}

import type { Command } from 'commander';
import { usageError } from '../exit-code.ts';
import type { TargetRule } from '../transfer/copy-target.ts';

export type TargetOptions = { targetDirectory?: string; noTarget?: true };

export function addTargetOptions(command: Command): void {
  command
    .option('-t, --target-directory <folder>', 'put all sources into this folder')
    .option('-T, --no-target-directory', 'take the destination for the new name, even if it is a folder');
  // They set one value, of which the last would win.
  const given = new Set<string>();
  for (const name of ['target-directory', 'no-target-directory']) {
    command.on(`option:${name}`, () => {
      if (given.add(name).size > 1) throw usageError('-t and -T cannot be used together.');
    });
  }
}

/** Tells sources and destination apart. */
export function readTarget(
  paths: readonly string[],
  command: Command,
): { sources: string[]; destination: string; rule: TargetRule } {
  const folder: unknown = command.getOptionValue('targetDirectory');
  if (typeof folder === 'string') return { sources: [...paths], destination: folder, rule: 'into' };
  const destination = paths.at(-1) as string;
  const sources = paths.slice(0, -1);
  if (sources.length === 0) throw usageError('Name a source and a destination, or use -t FOLDER.');
  return { sources, destination, rule: folder === false ? 'exact' : 'as-found' };
}

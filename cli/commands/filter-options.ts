import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { about } from '../exit-code.ts';
import { PathFilter } from '../transfer/path-filter.ts';

export type FilterOptions = { rules: string[]; excludeFromFiles: string };

const defaultIgnoreFile = '.dreyignore';

/** `--exclude` and `--include`, of which the order counts, and ignore files. */
export function addFilterOptions(command: Command): void {
  const rules: string[] = [];
  command
    .option(
      '--exclude <pattern>',
      'leave out what matches, as in .gitignore; may be given often',
      (pattern) => {
        rules.push(pattern);
        return rules;
      },
    )
    .option('--include <pattern>', 'take in again what an earlier --exclude left out', (pattern) => {
      rules.push(`!${pattern}`);
      return rules;
    })
    .option(
      '--exclude-from-files <names>',
      'names of ignore files to look for in each local folder, or the path of one file',
      defaultIgnoreFile,
    );
  command.setOptionValue('rules', rules);
}

export async function createFilter({ rules, excludeFromFiles }: FilterOptions): Promise<PathFilter> {
  const words = excludeFromFiles.split(/[\s,]+/).filter((word) => word !== '');
  const patterns: string[] = [];
  for (const path of words.filter((word) => word.includes('/'))) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw about(path, error);
    });
    patterns.push(...text.split(/\r?\n/));
  }
  return new PathFilter(
    [...patterns, ...rules],
    words.filter((word) => !word.includes('/')),
  );
}

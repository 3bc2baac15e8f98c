import { AppError } from '../../server/contract/app-error.ts';
import { joinPath, parseEntryName, type EntryPath } from '../../server/contract/path.ts';
import { InvalidArgumentError } from 'commander';
import type { Entry } from '../../server/contract/schemas.ts';
import { addExamples, type CommandContext, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { formatCount, shortBytes } from '../terminal/quantity.ts';
import { sortOption, sortOrderOf, type SortChoice } from './sort-choice.ts';

type Options = { all?: true; size?: true; humanReadable?: true; depth?: number; sort: SortChoice };
type Counts = { files: number; directories: number };

export const define: DefineCommand = (command, context) => {
  command
    .argument('[uri]', 'the folder; your home without it', 'storage:')
    .option('-a, --all', 'also names that begin with a dot')
    .option('-s, --size', 'with sizes in bytes')
    .option('-h, --human-readable', 'with sizes such as 1.2M')
    .option('-L, --depth <levels>', 'go down only so far', parseDepth)
    .addOption(sortOption());
  addExamples(command, [
    ['drey tree storage:runs', 'all below a folder'],
    ['drey tree -h -L 2', 'your home, two levels deep, with sizes'],
  ]);
  command.action(async (typed: string, options: Options) => {
    const api = await context.connect();
    const { path } = parseStorageLocation(typed, await api.uriBase());
    const { kind } = await api.requireThere(path, typed);
    if (kind === 'file') throw new AppError('conflict', `${typed}: This is a file, not a folder.`);
    const counts = { files: 0, directories: 0 };
    await context.terminal.printLine(context.terminal.paint('folder', typed));
    await printBelow(context, api, path, '', options, 1, counts);
    await context.terminal.printLine(
      `\n${formatCount(counts.directories, 'folder')}, ${formatCount(counts.files, 'file')}`,
    );
  });
};

async function printBelow(
  context: CommandContext,
  api: StorageApi,
  path: EntryPath,
  indent: string,
  options: Options,
  depth: number,
  counts: Counts,
): Promise<void> {
  const { terminal } = context;
  let previous: Entry | undefined;
  const printOne = async (entry: Entry, isLast: boolean) => {
    const name = terminal.show(entry.name);
    const isFolder = entry.kind === 'directory';
    counts[isFolder ? 'directories' : 'files'] += 1;
    const shown = `${sizeOf(entry, options)}${isFolder ? terminal.paint('folder', name) : name}`;
    await terminal.printLine(`${indent}${isLast ? '└── ' : '├── '}${shown}`);
    if (!isFolder || depth >= (options.depth ?? Infinity)) return;
    const below = joinPath(path, parseEntryName(entry.name));
    await printBelow(context, api, below, indent + (isLast ? '    ' : '│   '), options, depth + 1, counts);
  };
  for await (const page of api.list(path, sortOrderOf(options.sort))) {
    for (const entry of page) {
      if (!options.all && entry.name.startsWith('.')) continue;
      if (previous) await printOne(previous, false);
      previous = entry;
    }
  }
  if (previous) await printOne(previous, true);
}

function sizeOf({ size }: Entry, { size: inBytes, humanReadable }: Options): string {
  if (!inBytes && !humanReadable) return '';
  const text = size === null ? '-' : humanReadable ? shortBytes(size) : String(size);
  return `[${text.padStart(humanReadable ? 4 : 11)}]  `;
}

function parseDepth(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It is a number of levels, 1 or more.');
  return Number(text);
}

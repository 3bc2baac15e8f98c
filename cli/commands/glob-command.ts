import { AppError } from '../../server/contract/app-error.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { expandGlob } from '../glob-expansion.ts';
import { parseStorageLocation, shortUri } from '../location.ts';
import { forEachSubject } from '../subject-loop.ts';

export const define: DefineCommand = (command, context) => {
  command
    .argument('<patterns...>', 'such as storage:runs/*/log.txt; ** stands for any number of folders')
    .option('--full-uri', 'whole URIs');
  addExamples(command, [
    ["drey glob 'storage:**/*.py'", 'all Python files in your home'],
    ["drey glob 'storage:/alice/run-?/*.{png,jpg}'", 'pictures of some runs of another one'],
  ]);
  command.action(async (patterns: string[], { fullUri }: { fullUri?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    await forEachSubject(terminal, patterns, async (pattern) => {
      if (!pattern.startsWith('storage:')) parseStorageLocation(pattern, base);
      let isEmpty = true;
      for await (const { path, entry } of expandGlob(api, pattern, base)) {
        isEmpty = false;
        await terminal.printLine(terminal.show(fullUri ? entry.uri : shortUri(path, base)));
      }
      if (isEmpty) throw new AppError('not_found', 'Nothing matches this pattern.');
    });
  });
};

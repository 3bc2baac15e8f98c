import { addExamples, type DefineCommand } from '../command-context.ts';
import { usageError } from '../exit-code.ts';
import { parseLocation } from '../location.ts';
import { copySources } from '../transfer/copy-sources.ts';
import { expandSources } from '../transfer/source-expansion.ts';
import { copyFromStdin, copyToStdout } from '../transfer/stream-copy.ts';
import { withTransfer } from '../transfer/transfer-session.ts';
import { addFilterOptions, createFilter, type FilterOptions } from './filter-options.ts';
import { addProgressOptions, readProgress, type ProgressOptions } from './progress-options.ts';
import { addTargetOptions, readTarget } from './target-options.ts';

type Options = FilterOptions &
  ProgressOptions & { recursive?: true; update?: true; continue?: true; force?: true; glob: boolean };

export const define: DefineCommand = (command, context) => {
  command
    .argument('<paths...>', 'SOURCE… DESTINATION: local paths, storage: URIs, - for standard input or output')
    .option('-r, --recursive', 'copy folders with all they hold')
    .option('-u, --update', 'copy only what is newer than what is there')
    .option('--continue', 'leave alone what is there whole and no older, whatever its time')
    .option('-f, --force', 'copy also what is there already with the same size and time');
  addTargetOptions(command);
  addFilterOptions(command);
  command.option('--no-glob', 'take *, ?, [ and { in storage: sources as they are');
  addProgressOptions(command);
  addExamples(command, [
    ['drey cp -r ./cifar-10 storage:', 'a folder into your home'],
    ['drey cp storage:runs/7/model.pt .', 'a file to this folder'],
    ["drey cp 'storage:runs/*/log.txt' -t logs", 'whatever a pattern names, into a folder'],
    ['drey cp -r -T storage:data ./data', 'what is in one folder into another, not the folder itself'],
    ["drey cp -r --exclude '*.tmp' . storage:work", 'all but some; a .dreyignore file does the same'],
    ['pg_dump shop | drey cp - storage:backups/shop.sql', 'what another program writes'],
    ['drey cp -r storage:a storage:/alice/b', 'within the storage; no byte passes through here'],
  ]);
  command.action(async (paths: string[], options: Options) => {
    const { sources: typed, destination: typedDestination, rule } = readTarget(paths, command);
    const filter = await createFilter(options);
    const api = await context.connect();
    const destination = parseLocation(typedDestination, await api.uriBase());

    if (destination.kind === 'stream') return copyToStdout(context, api, typed, options.glob);
    if (typed.includes('-')) {
      if (typed.length > 1) throw usageError('Standard input cannot be copied together with other sources.');
      return copyFromStdin(context, api, destination, rule);
    }
    const shown = { progress: readProgress(command), verbose: options.verbose };
    await withTransfer(context, api, shown, async (transfer) => {
      const sources = await expandSources(typed, transfer, options.glob);
      const renewal = options.force
        ? 'always'
        : options.update
          ? 'newer'
          : options.continue
            ? 'unfinished'
            : 'different';
      const isRecursive = options.recursive === true;
      if (sources.length === 0) return;
      await copySources(
        sources,
        typed.length,
        destination,
        { rule, isRecursive, renewal, filter },
        transfer,
        context,
      );
    });
  });
};

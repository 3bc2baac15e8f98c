import { AppError } from '../../server/contract/app-error.ts';
import { containsPath } from '../../server/contract/path.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { usageError } from '../exit-code.ts';
import { parseLocation } from '../location.ts';
import { findPlace, resolveTarget } from '../transfer/copy-target.ts';
import { syncFolders } from '../transfer/folder-sync.ts';
import { withTransfer } from '../transfer/transfer-session.ts';
import { addFilterOptions, createFilter, type FilterOptions } from './filter-options.ts';
import { addProgressOptions, readProgress, type ProgressOptions } from './progress-options.ts';

type Options = FilterOptions & ProgressOptions & { delete?: true; dryRun?: true };

export const define: DefineCommand = (command, context) => {
  command
    .argument('<source>', 'a folder here or in the storage')
    .argument('<destination>', 'the folder that becomes like it; made when it is not there')
    .option('--delete', 'delete in the destination what the source does not have')
    .option('-n, --dry-run', 'only say what would be done');
  addFilterOptions(command);
  addProgressOptions(command);
  addExamples(command, [
    ['drey sync ./site storage:site', 'bring over what is new or different'],
    ['drey sync --delete --dry-run ./site storage:site', 'see first what would be deleted'],
    ['drey sync storage:data ./data', 'the other way'],
  ]);
  command.action(async (from: string, to: string, options: Options) => {
    const filter = await createFilter(options);
    const api = await context.connect();
    const base = await api.uriBase();
    const source = parseLocation(from, base);
    const destination = parseLocation(to, base);
    if (source.kind === 'stream' || destination.kind === 'stream') {
      throw usageError('sync works on folders, not on standard input or output.');
    }
    if (source.kind === 'local' && destination.kind === 'local') {
      throw usageError('Both are on this machine. One of them must begin with storage:');
    }
    if (source.kind === 'storage' && destination.kind === 'storage') {
      const [a, b] = [source.path, destination.path];
      if (containsPath(a, b) || containsPath(b, a))
        throw usageError('One of these folders lies in the other.');
    }
    const found = await findPlace(api, source);
    if (found?.kind !== 'directory') {
      const words = found ? 'This is a file. sync works on folders.' : 'There is no such folder.';
      throw new AppError(found ? 'conflict' : 'not_found', `${from}: ${words}`);
    }
    const target = await resolveTarget(api, destination, 1, 'exact');
    if (target.existing?.kind === 'file') throw new AppError('conflict', `${to}: This is a file.`);
    const shown = { progress: options.dryRun ? false : readProgress(command), verbose: options.verbose };
    await withTransfer(context, api, shown, async (transfer) => {
      const isDryRun = options.dryRun === true;
      const isDeleting = options.delete === true;
      const isVerbose = options.verbose === true;
      const how = { filter, isDeleting, isDryRun, isVerbose };
      await syncFolders(source, destination, how, transfer, context.terminal);
    });
  });
};

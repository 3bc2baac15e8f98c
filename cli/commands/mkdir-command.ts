import { AppError, hasCode } from '../../server/contract/app-error.ts';
import { isRoot, lineageOf, type EntryPath } from '../../server/contract/path.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { parseStorageLocation } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { forEachSubject } from '../subject-loop.ts';

export const define: DefineCommand = (command, context) => {
  command
    .argument('<uris...>', 'the folders to make')
    .option('-p, --parents', 'make those above too; one that is there already is no error');
  addExamples(command, [
    ['drey mkdir storage:runs', 'a folder in your home'],
    ['drey mkdir -p storage:runs/2026/12', 'with those above'],
  ]);
  command.action(async (typed: string[], { parents }: { parents?: true }) => {
    const api = await context.connect();
    const base = await api.uriBase();
    await forEachSubject(context.terminal, typed, async (text) => {
      const { path } = parseStorageLocation(text, base);
      if (parents) await makeWithParents(api, path);
      else if (!(await api.makeDirectory(path))) {
        throw new AppError('conflict', 'This folder exists already.', { reason: 'exists' });
      }
    });
  });
};

/** Asks for the folder itself first: where all above is there, that is one request. */
async function makeWithParents(api: StorageApi, path: EntryPath): Promise<void> {
  try {
    await api.makeDirectory(path);
  } catch (error) {
    if (isRoot(path) && (await api.find(path))) return;
    if (!hasCode(error, 'not_found') || error.reason !== 'no_folder') throw error;
    for (const folder of lineageOf(path).reverse()) if (!isRoot(folder)) await api.makeDirectory(folder);
  }
}

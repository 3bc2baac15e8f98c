import { AppError, hasCode } from '../../server/contract/app-error.ts';
import type { Entry } from '../../server/contract/schemas.ts';
import type { EntryPath } from '../../server/contract/path.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { expandGlob, hasMagic, type GlobMatch } from '../glob-expansion.ts';
import { parseStorageLocation, shortUri } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { forEachSubject } from '../subject-loop.ts';

type Options = { recursive?: true; force?: true; glob?: boolean; verbose?: true };

export const define: DefineCommand = (command, context) => {
  command
    .argument('<uris...>', 'what to delete')
    .option('-r, --recursive', 'folders too, with all they hold')
    .option('-f, --force', 'what is not there is no error')
    .option('--glob', 'take *, ?, [ and { for a pattern', false)
    .option('--no-glob', 'take them as they are, which is the default')
    .option('-v, --verbose', 'name what has been deleted');
  addExamples(command, [
    ['drey rm storage:notes.txt', 'a file'],
    ['drey rm -r storage:runs/old', 'a folder with all it holds'],
    ["drey rm --glob 'storage:runs/*.tmp'", 'whatever a pattern names'],
  ]);
  command.action(async (typed: string[], options: Options) => {
    const { terminal } = context;
    const api = await context.connect();
    const base = await api.uriBase();

    await forEachSubject(terminal, typed, async (text) => {
      if (options.glob && hasMagic(text)) {
        const matches: GlobMatch[] = [];
        for await (const match of expandGlob(api, text, base)) matches.push(match);
        if (matches.length === 0 && !options.force) {
          throw new AppError('not_found', 'Nothing matches this pattern.');
        }
        const found = new Map(matches.map((match) => [shortUri(match.path, base), match]));
        await forEachSubject(terminal, [...found.keys()], async (uri) => {
          const { path, entry } = found.get(uri) as GlobMatch;
          await remove(path, entry, uri);
        });
      } else {
        const { path } = parseStorageLocation(text, base);
        const entry = await findUnlessForced(api, path, options);
        if (entry) await remove(path, entry, text);
      }
    });

    async function remove(path: EntryPath, entry: Entry, uri: string): Promise<void> {
      if (entry.kind === 'directory' && !options.recursive) {
        throw new AppError('invalid', 'This is a folder. Add -r to delete it with all it holds.');
      }
      await api.remove(path);
      if (options.verbose) await terminal.printLine(`deleted ${terminal.show(uri)}`);
    }
  });
};

async function findUnlessForced(
  api: StorageApi,
  path: EntryPath,
  { force }: Options,
): Promise<Entry | undefined> {
  try {
    return await api.get(path);
  } catch (error) {
    if (force && hasCode(error, 'not_found')) return undefined;
    throw error;
  }
}

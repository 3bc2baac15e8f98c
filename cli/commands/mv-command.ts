import { AppError } from '../../server/contract/app-error.ts';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { ToldError } from '../error-line.ts';
import { nameOfSource, parseStorageLocation } from '../location.ts';
import { forEachSubject } from '../subject-loop.ts';
import { findNamesakes, resolveTarget, sameName } from '../transfer/copy-target.ts';
import { expandSource, type Source } from '../transfer/source-expansion.ts';
import { addTargetOptions, readTarget } from './target-options.ts';

export const define: DefineCommand = (command, context) => {
  command.argument('<uris...>', 'SOURCE… DESTINATION, all in the storage');
  addTargetOptions(command);
  command.option('--no-glob', 'take *, ?, [ and { in sources as they are');
  addExamples(command, [
    ['drey mv storage:draft.md storage:final.md', 'give a file another name'],
    ['drey mv storage:a.txt storage:b.txt storage:archive', 'move files into a folder'],
    ["drey mv 'storage:*.log' -t storage:logs", 'whatever a pattern names'],
  ]);
  command.action(async (paths: string[], options: { glob: boolean }) => {
    const { terminal } = context;
    const { sources: typed, destination, rule } = readTarget(paths, command);
    const api = await context.connect();
    const base = await api.uriBase();
    const place = parseStorageLocation(destination, base);
    for (const text of typed) if (!text.startsWith('storage:')) parseStorageLocation(text, base);

    const sources = new Map<string, Source>();
    const failed = await settle(() =>
      forEachSubject(terminal, typed, async (text) => {
        for (const source of await expandSource(text, api, options.glob)) {
          if (nameOfSource(source.location) === '') {
            throw new AppError('invalid', 'Name the folder itself, or what is in it by a pattern.');
          }
          sources.set(source.location.typed, source);
        }
      }),
    );
    if (sources.size === 0) throw failed;
    const target = await resolveTarget(api, place, Math.max(typed.length, sources.size), rule);
    const namesakes = findNamesakes([...sources.values()], target);
    await forEachSubject(terminal, [...sources.keys()], async (uri) => {
      const source = sources.get(uri) as Source;
      const { location, found } = source;
      if (location.kind !== 'storage') return;
      if (namesakes.has(source)) throw sameName();
      if (found.kind === 'file' && !target.isInto && place.endsWithSlash) {
        throw new AppError('not_found', `${place.typed}: There is no such folder.`);
      }
      await api.transfer('moves', {
        from: [formatUri(base.cluster, location.path)],
        to: formatUri(base.cluster, place.path),
        // As mv: a file takes the place of another; a folder never swallows one in silence.
        onConflict: found.kind === 'file' ? 'replace' : 'fail',
        into: target.isInto,
      });
    });
    if (failed) throw failed;
  });
};

/** The error of what failed in part, to be thrown when the rest is done. */
async function settle(work: () => Promise<void>): Promise<ToldError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof ToldError) return error;
    throw error;
  }
}

import { AppError } from '../../server/contract/app-error.ts';
import { containsPath } from '../../server/contract/path.ts';
import type { CommandContext } from '../command-context.ts';
import { about, usageError } from '../exit-code.ts';
import { nameOfSource, type Location } from '../location.ts';
import { createCarrier, createSource, createTarget, type JobShape } from './copy-jobs.ts';
import { runCopy, type Renewal } from './copy-run.ts';
import {
  findNamesakes,
  findPlace,
  placeOf,
  resolveTarget,
  sameName,
  type PlaceLocation,
  type Target,
  type TargetRule,
} from './copy-target.ts';
import { GivenFiles } from './local-tree.ts';
import type { PathFilter } from './path-filter.ts';
import { copyWithinStorage } from './server-side-copy.ts';
import type { Source } from './source-expansion.ts';
import { uploadStream } from './stream-copy.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';
import type { SourceTree, TreeEntry } from './tree.ts';
import { UnfinishedCopy } from './unfinished-copies.ts';

export type CopyOptions = {
  rule: TargetRule;
  isRecursive: boolean;
  renewal: Renewal;
  filter: PathFilter;
};

/** Up to so many files are asked for one by one, rather than listing the folder that they go to. */
const fewFiles = 8;

/** Copies sources that are there to where they belong. What fails is in the tally; what is left goes on. */
export async function copySources(
  sources: readonly Source[],
  typedCount: number,
  destination: Exclude<Location, { kind: 'stream' }>,
  options: CopyOptions,
  transfer: TransferContext,
  context: CommandContext,
): Promise<void> {
  if (destination.kind === 'local' && sources.some(({ location }) => location.kind === 'local')) {
    throw usageError('Both are on this machine. One of them must begin with storage:');
  }
  const { api, tally, abort } = transfer;
  const count = Math.max(typedCount, sources.length);
  const target = await resolveTarget(api, destination, count, options.rule);
  const takenOn = sources.filter((source) => options.isRecursive || isFile(source, transfer));

  const directories = takenOn.filter(({ found }) => found.kind === 'directory');
  const files = withoutNamesakes(
    takenOn.filter(({ found }) => found.kind === 'file'),
    target,
    transfer,
  );
  const groups = (['local', 'storage'] as const)
    .map((from) => ({ from, group: files.filter(({ location }) => location.kind === from) }))
    .filter(({ group }) => group.length > 0);
  tally.pendingWalks = directories.length + groups.length;
  for (const { from, group } of groups) await settle(undefined, () => copyFiles(group, from));
  for (const directory of directories) {
    await settle(directory.location.typed, () => copyDirectory(directory, count === 1));
  }

  /** One source that fails leaves the others to go on. */
  async function settle(subject: string | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (endsAll(error) || subject === undefined || abort.signal.aborted) throw error;
      tally.failed(subject, error);
    }
  }

  async function copyFiles(group: readonly Source[], from: PlaceLocation['kind']): Promise<void> {
    if (!target.isInto && target.location.endsWithSlash) {
      throw new AppError('not_found', `${target.location.typed}: There is no such folder.`);
    }
    for (const source of group.filter(({ found }) => found.isStream)) {
      await uploadStream(source.location, placeOf(target, source.location), transfer);
    }
    const regular = group.filter(({ found }) => !found.isStream);
    if (from === 'storage' && isServerSide(options, target)) {
      return copyWithinStorage(regular, target, transfer);
    }
    const shape: JobShape = target.isInto ? 'few' : 'file';
    const isMany = target.isInto && regular.length > fewFiles;
    await run(
      new GivenFiles(regular.map((source) => toEntry(source, target))),
      from,
      target.location,
      shape,
      isMany ? 'tree' : shape,
    ).catch((error: unknown) => {
      // What is not told of a single file is the target's.
      throw endsAll(error) ? error : about(target.location.typed, error);
    });
  }

  async function copyDirectory(source: Source, isOnly: boolean): Promise<void> {
    const { location } = source;
    const unfinished = new UnfinishedCopy(api.client.url, location, target.location);
    const goesOn = isOnly && options.rule === 'as-found' && target.isInto && (await unfinished.exists());
    if (goesOn) context.terminal.say('Going on with the copy that was stopped before.');
    const place = goesOn ? target.location : placeOf(target, location);
    const failuresBefore = tally.failures;
    if (!target.existing) await unfinished.begin();
    const isLeftToServer = isServerSide(options, target) && !(await isMerge(location, place));
    if (location.kind === 'storage' && isLeftToServer) {
      const isExact = place === target.location;
      await copyWithinStorage([source], isExact ? { ...target, isInto: false } : target, transfer);
    } else {
      await run(createSource(location, options.filter, transfer), location.kind, place, 'tree', 'tree');
    }
    if (tally.failures === failuresBefore) await unfinished.end();
  }

  /** Whether a folder is merged into one that is there: only looked at one by one, what is in its way leaves the rest. */
  async function isMerge(from: PlaceLocation, place: PlaceLocation): Promise<boolean> {
    // That it goes into itself is for the server to say.
    if (containsPath(from.path, place.path)) return false;
    return (await findPlace(api, place))?.kind === 'directory';
  }

  function run(
    source: SourceTree,
    from: PlaceLocation['kind'],
    place: PlaceLocation,
    shape: JobShape,
    targetShape: JobShape,
  ): Promise<void> {
    return runCopy(
      {
        source,
        target: createTarget(place, targetShape, transfer),
        carrier: createCarrier(from, place, shape, transfer),
      },
      options.renewal,
      tally,
      abort.signal,
    );
  }
}

function isFile({ location, found }: Source, { tally }: TransferContext): boolean {
  if (found.kind === 'file') return true;
  tally.failed(
    location.typed,
    new AppError('invalid', 'This is a folder. Add -r to copy it with all it holds.'),
  );
  return false;
}

/** Whether the server can do it all by itself: nothing is to be compared or left out. */
function isServerSide({ renewal, filter }: CopyOptions, { location }: Target): boolean {
  return location.kind === 'storage' && filter.isOpen && (renewal === 'different' || renewal === 'always');
}

function toEntry({ location, found }: Source, { isInto }: Target): TreeEntry {
  const relative = isInto ? nameOfSource(location) : '';
  return { ...found, relative, origin: location.path, label: location.typed };
}

function withoutNamesakes(files: readonly Source[], target: Target, { tally }: TransferContext): Source[] {
  const namesakes = findNamesakes(files, target);
  for (const { location } of namesakes) tally.failed(location.typed, sameName());
  return files.filter((file) => !namesakes.has(file));
}

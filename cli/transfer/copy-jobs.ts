import { findPlace, placeIn, type PlaceLocation } from './copy-target.ts';
import { DownloadCarrier } from './download-carrier.ts';
import { LocalTree } from './local-tree.ts';
import type { PathFilter } from './path-filter.ts';
import { StorageCarrier } from './storage-carrier.ts';
import { StorageTree } from './storage-tree.ts';
import { LocalTarget, SparseTarget, StorageTarget } from './target-trees.ts';
import type { TransferContext } from './transfer-context.ts';
import type { Carrier, SourceTree, TargetTree } from './tree.ts';
import { UploadCarrier } from './upload-carrier.ts';

/** What comes from a source: a whole folder, a few files, or one file that takes the target's own name. */
export type JobShape = 'tree' | 'few' | 'file';

export function createSource(
  source: PlaceLocation,
  filter: PathFilter,
  context: TransferContext,
): SourceTree {
  const onProblem = (subject: string, error: unknown) => context.tally.failed(subject, error);
  return source.kind === 'local'
    ? new LocalTree(source.path, filter, onProblem)
    : new StorageTree(context.api, source.path, filter, onProblem);
}

export function createTarget(target: PlaceLocation, shape: JobShape, { api }: TransferContext): TargetTree {
  if (shape !== 'tree') return new SparseTarget((relative) => findPlace(api, placeIn(target, relative)));
  return target.kind === 'local' ? new LocalTarget(target.path) : new StorageTarget(api, target.path);
}

export function createCarrier(
  from: PlaceLocation['kind'],
  target: PlaceLocation,
  shape: JobShape,
  context: TransferContext,
): Carrier {
  const isFile = shape === 'file';
  if (target.kind === 'local') return new DownloadCarrier(target.path, isFile, context);
  return from === 'local'
    ? new UploadCarrier(target.path, isFile, context)
    : new StorageCarrier(target.path, context);
}

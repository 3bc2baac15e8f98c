import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../server/contract/app-error.ts';
import { parentOf, resolvePath } from '../../server/contract/path.ts';
import { usageError } from '../exit-code.ts';
import { nameOfSource, type LocalLocation, type StorageLocation } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { findLocal, findStored } from './target-trees.ts';
import type { Existing } from './tree.ts';

export type PlaceLocation = StorageLocation | LocalLocation;

/** How the target is to be taken: as a folder to put things in (`-t`), as the new name itself (`-T`), or by what it is. */
export type TargetRule = 'into' | 'exact' | 'as-found';

/** Where sources go: into a folder, under their own names, or one of them to a new path. */
export type Target = { location: PlaceLocation; isInto: boolean; existing: Existing | undefined };

export async function findPlace(api: StorageApi, location: PlaceLocation): Promise<Existing | undefined> {
  return location.kind === 'local' ? findLocal(location.path) : findStored(api, location.path);
}

/**
 * Decides as cp and mv do (POSIX): an existing folder takes the sources in, anything else is the new name of the one
 * source, and the folder above it must be there.
 */
export async function resolveTarget(
  api: StorageApi,
  location: PlaceLocation,
  sources: number,
  rule: TargetRule,
): Promise<Target> {
  if (rule === 'exact' && sources > 1) throw usageError('With -T there can be only one source.');
  const existing = await findPlace(api, location);
  const isFolder = existing?.kind === 'directory';
  const mustBeFolder = rule === 'into' || (rule === 'as-found' && sources > 1);
  if (mustBeFolder && !isFolder) {
    throw existing
      ? new AppError('conflict', `${location.typed}: This is a file, not a folder to put things in.`)
      : new AppError('not_found', `${location.typed}: There is no such folder.${howToMake(location)}`);
  }
  if (location.endsWithSlash && existing?.kind === 'file') {
    throw new AppError('conflict', `${location.typed}: This is a file, not a folder.`);
  }
  if (!existing) await requireFolderOf(location, api);
  return { location, existing, isInto: mustBeFolder || (rule === 'as-found' && isFolder) };
}

async function requireFolderOf(location: PlaceLocation, api: StorageApi): Promise<void> {
  const folder = folderOf(location);
  const found = await findPlace(api, folder);
  if (!found) {
    throw new AppError(
      'not_found',
      `${location.typed}: The folder ${folder.typed} does not exist.${howToMake(folder)}`,
    );
  }
  if (found.kind === 'file') {
    throw new AppError('conflict', `${location.typed}: ${folder.typed} is a file, not a folder.`);
  }
}

function howToMake(folder: PlaceLocation): string {
  return folder.kind === 'storage' ? ` Make it: drey mkdir -p ${folder.typed}` : '';
}

function folderOf(location: PlaceLocation): PlaceLocation {
  if (location.kind === 'local') {
    const path = dirname(resolve(location.path));
    return { ...location, path, typed: path };
  }
  const parent = parentOf(location.path);
  if (!parent) throw new AppError('not_found', `${location.typed}: There is no such root.`);
  const typed = location.typed.replace(/\/?[^/:]+\/?$/, '');
  return { ...location, path: parent, typed };
}

/** The place of a name in a folder; of the empty name, the folder itself. */
export function placeIn(folder: PlaceLocation, relative: string): PlaceLocation {
  if (relative === '') return folder;
  return folder.kind === 'local'
    ? { ...folder, path: join(folder.path, relative) }
    : { ...folder, path: resolvePath(folder.path, relative) };
}

/** The place of one source under a target that was resolved. */
export function placeOf({ location, isInto }: Target, source: PlaceLocation): PlaceLocation {
  return isInto ? placeIn(location, nameOfSource(source)) : location;
}

/**
 * The sources that an earlier one shares its name with: in the folder that they go to, one would take the other's place,
 * which cp and mv refuse.
 */
export function findNamesakes<Source extends { location: PlaceLocation }>(
  sources: readonly Source[],
  { isInto }: Target,
): Set<Source> {
  const names = new Set<string>();
  return new Set(
    sources.filter(({ location }) => {
      const name = isInto ? nameOfSource(location) : '';
      const isTaken = names.has(name);
      names.add(name);
      return isTaken;
    }),
  );
}

export function sameName(): AppError {
  return new AppError('conflict', 'Another source has the same name.');
}

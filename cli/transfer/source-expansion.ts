import { AppError } from '../../server/contract/app-error.ts';
import { expandGlob, hasMagic } from '../glob-expansion.ts';
import { isStorageUri, parseLocation, shortUri } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { findPlace, type PlaceLocation } from './copy-target.ts';
import { toExisting } from './target-trees.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';
import type { Existing } from './tree.ts';

/** A source that is there. */
export type Source = { location: PlaceLocation; found: Existing };

/** Looks up what was typed as sources. One that is not there is told, and leaves the others to go on. */
export async function expandSources(
  typed: readonly string[],
  { api, tally }: TransferContext,
  useGlob: boolean,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const text of typed) {
    try {
      sources.push(...(await expandSource(text, api, useGlob)));
    } catch (error) {
      if (endsAll(error)) throw error;
      tally.failed(text, error);
    }
  }
  return sources;
}

/** What one argument names: a place, or all that a pattern matches. Throws `not_found` when that is nothing. */
export async function expandSource(text: string, api: StorageApi, useGlob: boolean): Promise<Source[]> {
  const base = await api.uriBase();
  const isPattern = useGlob && isStorageUri(text) && hasMagic(text);
  if (isPattern) {
    const sources: Source[] = [];
    for await (const { path, entry } of expandGlob(api, text, base)) {
      const location = { kind: 'storage', path, typed: shortUri(path, base), endsWithSlash: false } as const;
      sources.push({ location, found: toExisting(entry) });
    }
    if (sources.length > 0) return sources;
  }
  // As in a shell, a pattern that matches nothing may be a name after all; with a "?" it cannot be one.
  const location = isPattern && text.includes('?') ? undefined : parseLocation(text, base);
  const found = location && location.kind !== 'stream' ? await findPlace(api, location) : undefined;
  if (location && location.kind !== 'stream' && found) {
    if (found.kind === 'file' && location.endsWithSlash) {
      throw new AppError('conflict', 'This is a file, not a folder.');
    }
    return [{ location, found }];
  }
  throw new AppError(
    'not_found',
    isPattern ? 'Nothing matches this pattern.' : 'There is no such file or folder.',
  );
}

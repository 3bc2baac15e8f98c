import { joinPath, parseEntryName, type EntryPath } from '../../server/contract/path.ts';
import type { Entry } from '../../server/contract/schemas.ts';
import type { UriBase } from '../../server/contract/uri.ts';
import { shortUri } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import type { PathFilter } from './path-filter.ts';
import { endsAll } from './transfer-pool.ts';
import { joinRelative, type OnProblem, type SourceTree, type TreeEntry } from './tree.ts';

/** A folder in the storage. Names are parsed before they are used: they become names on this machine. */
export class StorageTree implements SourceTree {
  readonly #api: StorageApi;
  readonly #root: EntryPath;
  readonly #filter: PathFilter;
  readonly #onProblem: OnProblem;

  constructor(api: StorageApi, root: EntryPath, filter: PathFilter, onProblem: OnProblem) {
    this.#api = api;
    this.#root = root;
    this.#filter = filter;
    this.#onProblem = onProblem;
  }

  async *walk(): AsyncGenerator<TreeEntry> {
    yield* this.#walkFolder('', this.#root, 0, await this.#api.uriBase());
  }

  async *#walkFolder(
    folder: string,
    path: EntryPath,
    modifiedAt: number,
    base: UriBase,
  ): AsyncGenerator<TreeEntry> {
    const label = shortUri(path, base);
    const directories: TreeEntry[] = [];
    let isFirst = true;
    try {
      for await (const page of this.#api.list(path)) {
        const kept = page
          .filter(({ name, kind }) => !this.#filter.excludes(folder, name, kind))
          .map((entry) => storageEntry(joinRelative(folder, entry.name), path, entry, base));
        if (isFirst) {
          const isEmpty = kept.length === 0;
          yield { relative: folder, origin: path, label, kind: 'directory', size: 0, modifiedAt, isEmpty };
        }
        isFirst = false;
        for (const entry of kept) {
          if (entry.kind === 'directory') directories.push(entry);
          else yield entry;
        }
      }
    } catch (error) {
      if (endsAll(error)) throw error;
      this.#onProblem(label, error);
    }
    for (const { relative, origin, modifiedAt: time } of directories) {
      yield* this.#walkFolder(relative, origin as EntryPath, time, base);
    }
  }
}

function storageEntry(relative: string, folder: EntryPath, entry: Entry, base: UriBase): TreeEntry {
  const path = joinPath(folder, parseEntryName(entry.name));
  return {
    relative,
    origin: path,
    label: shortUri(path, base),
    kind: entry.kind,
    size: entry.size ?? 0,
    modifiedAt: Date.parse(entry.modifiedAt),
    etag: entry.etag,
  };
}

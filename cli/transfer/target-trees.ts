import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { resolvePath, type EntryPath } from '../../server/contract/path.ts';
import type { Entry } from '../../server/contract/schemas.ts';
import type { StorageApi } from '../storage-api.ts';
import { isPartName } from './part-file.ts';
import { splitRelative, type Existing, type TargetTree } from './tree.ts';

/** Listings that are kept; a walk comes back only to the few folders above where it is. */
const keptListings = 64;

const nothing: ReadonlyMap<string, Existing> = new Map();

/** Reads each folder once and answers all questions about its names from that. */
abstract class ListedTarget implements TargetTree {
  readonly #listings = new Map<string, Promise<ReadonlyMap<string, Existing>>>();
  #top: Promise<Existing | undefined> | undefined;

  protected abstract findTop(): Promise<Existing | undefined>;
  protected abstract read(relative: string): Promise<ReadonlyMap<string, Existing>>;

  async find(relative: string): Promise<Existing | undefined> {
    if (relative === '') return (this.#top ??= this.findTop());
    const { folder, name } = splitRelative(relative);
    return (await this.list(folder)).get(name);
  }

  list(relative: string): Promise<ReadonlyMap<string, Existing>> {
    let listing = this.#listings.get(relative);
    if (!listing) {
      listing = this.#readIfThere(relative);
      this.#listings.set(relative, listing);
      if (this.#listings.size > keptListings) {
        this.#listings.delete(this.#listings.keys().next().value as string);
      }
    }
    return listing;
  }

  async #readIfThere(relative: string): Promise<ReadonlyMap<string, Existing>> {
    const folder = await this.find(relative);
    return folder?.kind === 'directory' ? this.read(relative) : nothing;
  }
}

export class StorageTarget extends ListedTarget {
  readonly #api: StorageApi;
  readonly #root: EntryPath;

  constructor(api: StorageApi, root: EntryPath) {
    super();
    this.#api = api;
    this.#root = root;
  }

  protected override findTop(): Promise<Existing | undefined> {
    return findStored(this.#api, this.#root);
  }

  protected override async read(relative: string): Promise<ReadonlyMap<string, Existing>> {
    const found = new Map<string, Existing>();
    for await (const page of this.#api.list(resolvePath(this.#root, relative))) {
      for (const entry of page) found.set(entry.name, toExisting(entry));
    }
    return found;
  }
}

/** For one file, or a few in a folder that may be large: each is asked for by itself. */
export class SparseTarget implements TargetTree {
  readonly find: TargetTree['find'];

  constructor(find: TargetTree['find']) {
    this.find = find;
  }

  async list(): Promise<ReadonlyMap<string, Existing>> {
    return nothing;
  }
}

export async function findStored(api: StorageApi, path: EntryPath): Promise<Existing | undefined> {
  const entry = await api.find(path);
  return entry && toExisting(entry);
}

export function toExisting({ kind, size, modifiedAt, etag }: Entry): Existing {
  return { kind, size: size ?? 0, modifiedAt: Date.parse(modifiedAt), etag };
}

export class LocalTarget extends ListedTarget {
  readonly #root: string;

  constructor(root: string) {
    super();
    this.#root = root;
  }

  protected override findTop(): Promise<Existing | undefined> {
    return findLocal(this.#root);
  }

  protected override async read(relative: string): Promise<ReadonlyMap<string, Existing>> {
    const folder = join(this.#root, relative);
    const names = (await readdir(folder)).filter((name) => !isPartName(name));
    const found = await Promise.all(
      names.map(async (name) => [name, await findLocal(join(folder, name))] as const),
    );
    return new Map(found.filter((pair): pair is [string, Existing] => pair[1] !== undefined));
  }
}

/** What is at a path on this machine; a link that leads nowhere is nothing. */
export async function findLocal(path: string): Promise<Existing | undefined> {
  try {
    const stats = await stat(path);
    return {
      kind: stats.isDirectory() ? 'directory' : 'file',
      size: stats.size,
      modifiedAt: stats.mtimeMs,
      isStream: !stats.isFile() && !stats.isDirectory(),
      permissions: { mode: stats.mode & 0o777, uid: stats.uid, gid: stats.gid },
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

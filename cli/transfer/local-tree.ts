import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../server/contract/app-error.ts';
import { isPartName } from './part-file.ts';
import type { PathFilter } from './path-filter.ts';
import { joinRelative, type OnProblem, type SourceTree, type TreeEntry } from './tree.ts';

/** How many files are looked at together. */
const statBatch = 64;

/** A folder on this machine. Symbolic links are followed; one that leads back to a folder above it is a problem. */
export class LocalTree implements SourceTree {
  readonly #root: string;
  readonly #filter: PathFilter;
  readonly #onProblem: OnProblem;

  constructor(root: string, filter: PathFilter, onProblem: OnProblem) {
    this.#root = root;
    this.#filter = filter;
    this.#onProblem = onProblem;
  }

  async *walk(): AsyncGenerator<TreeEntry> {
    yield* this.#walkFolder('', await stat(this.#root), []);
  }

  async *#walkFolder(folder: string, stats: Stats, above: readonly string[]): AsyncGenerator<TreeEntry> {
    const origin = join(this.#root, folder);
    const lineage = [...above, identityOf(stats)];
    let children: { name: string; stats: Stats }[];
    try {
      children = await this.#readFolder(folder, origin, lineage);
    } catch (error) {
      this.#onProblem(origin, error);
      return;
    }
    yield {
      relative: folder,
      origin,
      label: origin,
      kind: 'directory',
      size: 0,
      modifiedAt: stats.mtimeMs,
      isEmpty: children.length === 0,
    };
    for (const { name, stats: child } of children) {
      const relative = joinRelative(folder, name);
      if (child.isDirectory()) yield* this.#walkFolder(relative, child, lineage);
      else yield fileEntry(relative, join(origin, name), child);
    }
  }

  async #readFolder(
    folder: string,
    origin: string,
    lineage: readonly string[],
  ): Promise<{ name: string; stats: Stats }[]> {
    const names = (await readdir(origin)).filter((name) => !isPartName(name)).sort();
    for (const name of this.#filter.ignoreFileNames) {
      if (names.includes(name)) this.#filter.addFile(folder, await readFile(join(origin, name), 'utf8'));
    }
    const children: { name: string; stats: Stats }[] = [];
    for (let start = 0; start < names.length; start += statBatch) {
      const batch = names.slice(start, start + statBatch);
      const found = await Promise.all(batch.map((name) => this.#look(folder, origin, name, lineage)));
      for (const child of found) if (child) children.push(child);
    }
    return children;
  }

  async #look(folder: string, origin: string, name: string, lineage: readonly string[]) {
    try {
      const stats = await stat(join(origin, name));
      const kind = stats.isDirectory() ? 'directory' : 'file';
      if (this.#filter.excludes(folder, name, kind)) return undefined;
      if (!stats.isFile() && kind === 'file') {
        throw new AppError('invalid', 'This is neither a file nor a folder; it is left out.');
      }
      if (kind === 'directory' && lineage.includes(identityOf(stats))) {
        throw new AppError('invalid', 'This link leads back to a folder above it; it is left out.');
      }
      return { name, stats };
    } catch (error) {
      if (!this.#filter.excludes(folder, name, 'file')) this.#onProblem(join(origin, name), error);
      return undefined;
    }
  }
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function fileEntry(relative: string, origin: string, stats: Stats): TreeEntry {
  return { relative, origin, label: origin, kind: 'file', size: stats.size, modifiedAt: stats.mtimeMs };
}

/** Entries that are known already: the files named on the command line. */
export class GivenFiles implements SourceTree {
  readonly #entries: readonly TreeEntry[];

  constructor(entries: readonly TreeEntry[]) {
    this.#entries = entries;
  }

  async *walk(): AsyncGenerator<TreeEntry> {
    yield* this.#entries;
  }
}

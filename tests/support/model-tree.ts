import { liesIn, parentOf } from './random-tree.ts';

export type OnConflict = 'fail' | 'rename' | 'replace';

/** What a tree of files has to do, in a map of paths: the text of a file, `null` for a folder. Nothing of it is Drey's. */
export class ModelTree {
  entries = new Map<string, string | null>();

  isFolder(path: string): boolean {
    return path === '' || this.entries.get(path) === null;
  }

  isFile(path: string): boolean {
    return typeof this.entries.get(path) === 'string';
  }

  /** Each of these answers whether it was done; what is refused changes nothing. */
  put(path: string, text: string, onConflict: OnConflict): boolean {
    if (!this.isFolder(parentOf(path))) return false;
    const isTaken = this.entries.has(path);
    if (isTaken && onConflict === 'fail') return false;
    if (this.isFolder(path) && onConflict === 'replace') return false;
    this.entries.set(isTaken && onConflict === 'rename' ? this.#freeName(path) : path, text);
    return true;
  }

  makeFolder(path: string): boolean {
    if (!this.isFolder(parentOf(path)) || this.isFile(path)) return false;
    this.entries.set(path, null);
    return true;
  }

  /** With the folders that are missing above it. */
  putDeep(path: string, text: string, onConflict: OnConflict): boolean {
    const above = foldersAbove(path);
    if (above.some((folder) => this.isFile(folder))) return false;
    const before = new Map(this.entries);
    for (const folder of above) this.entries.set(folder, null);
    if (this.put(path, text, onConflict)) return true;
    this.entries = before;
    return false;
  }

  remove(path: string): boolean {
    if (!this.entries.has(path)) return false;
    for (const { name } of this.#subtree(path)) this.entries.delete(path + name);
    return true;
  }

  transfer(verb: 'moves' | 'copies', from: string, to: string, onConflict: OnConflict): boolean {
    if (!this.entries.has(from) || !this.isFolder(parentOf(to))) return false;
    if (from !== to && (liesIn(to, from) || (liesIn(from, to) && onConflict === 'replace'))) return false;
    let target = to;
    if (this.entries.has(to)) {
      if (onConflict === 'fail') return false;
      if (onConflict === 'rename') target = this.#freeName(to);
      else if (from === to || this.isFile(from) !== this.isFile(to)) return false;
    }
    const moved = this.#subtree(from);
    if (verb === 'moves') for (const { name } of moved) this.entries.delete(from + name);
    for (const { name, text } of moved) this.entries.set(target + name, text);
    return true;
  }

  /** Whether two folders hold a file and a folder under one name, at which their merging stops halfway. */
  clashes(from: string, to: string): boolean {
    return this.#subtree(from).some(
      ({ name, text }) => this.entries.has(to + name) && this.isFile(to + name) !== (text !== null),
    );
  }

  #subtree(path: string): { name: string; text: string | null }[] {
    return [...this.entries]
      .filter(([at]) => liesIn(at, path))
      .map(([at, text]) => ({ name: at.slice(path.length), text }));
  }

  #freeName(path: string): string {
    const [, stem, extension] = /^(.*?)(\.[a-z]+)?$/.exec(path)!;
    for (let number = 2; ; number += 1) {
      const name = `${stem} (${number})${extension ?? ''}`;
      if (!this.entries.has(name)) return name;
    }
  }
}

/** Topmost first. */
function foldersAbove(path: string): string[] {
  const parent = parentOf(path);
  return parent === '' ? [] : [...foldersAbove(parent), parent];
}

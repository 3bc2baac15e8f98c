import ignore, { type Ignore } from 'ignore';
import { joinRelative } from './tree.ts';

const options = { ignorecase: false, allowRelativePaths: true };

/** What is left out of a copy: patterns of the command line first, then those of ignore files, the nearest first. */
export class PathFilter {
  readonly #given: Ignore | undefined;
  readonly #inFolders = new Map<string, Ignore>();
  /** The names that ignore files have, such as `.dreyignore`. */
  readonly ignoreFileNames: readonly string[];

  /** `patterns` are those of a gitignore file, in order: a later one wins, `!` takes one back. */
  constructor(patterns: readonly string[] = [], ignoreFileNames: readonly string[] = []) {
    this.#given = patterns.length === 0 ? undefined : ignore(options).add(patterns);
    this.ignoreFileNames = ignoreFileNames;
  }

  /** Whether nothing was given to leave out; ignore files may still say something. */
  get isOpen(): boolean {
    return this.#given === undefined;
  }

  /** Takes on the patterns of an ignore file that lies in `folder`. */
  addFile(folder: string, text: string): void {
    const known = this.#inFolders.get(folder) ?? ignore(options);
    this.#inFolders.set(folder, known.add(text));
  }

  excludes(folder: string, name: string, kind: 'file' | 'directory'): boolean {
    if (!this.#given && this.#inFolders.size === 0) return false;
    const slash = kind === 'directory' ? '/' : '';
    const given = this.#given?.test(joinRelative(folder, name) + slash);
    if (given?.ignored || given?.unignored) return given.ignored;
    for (let layer: string | undefined = folder; layer !== undefined; layer = folderAbove(layer)) {
      const below = layer === '' ? folder : folder.slice(layer.length + 1);
      const verdict = this.#inFolders.get(layer)?.test(joinRelative(below, name) + slash);
      if (verdict?.ignored || verdict?.unignored) return verdict.ignored;
    }
    return false;
  }
}

function folderAbove(folder: string): string | undefined {
  if (folder === '') return undefined;
  return folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
}

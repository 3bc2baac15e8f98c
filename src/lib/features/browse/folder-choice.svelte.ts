import { hasCode } from '$contract/app-error.ts';
import { includesLevel } from '$contract/level.ts';
import { parentOf, type EntryPath } from '$contract/path.ts';
import type { Entry } from '$contract/schemas.ts';
import { isAbort, messageOf } from '$lib/api/client.ts';
import { listEntries } from '$lib/api/entries-api.ts';

const pageLimit = 500;

/** Walking through folders to choose one, or what is in them. `path` undefined is the list of roots. */
export class FolderChoice {
  path = $state.raw<EntryPath>();
  folder = $state.raw<Entry>();
  /** What may be chosen here: folders, or files as well. */
  entries = $state.raw<readonly Entry[]>([]);
  /** More exist than are listed. */
  hasMore = $state(false);
  isLoading = $state(false);
  error = $state<string>();
  readonly #hasFiles: boolean;
  #run = new AbortController();

  constructor({ hasFiles = false } = {}) {
    this.#hasFiles = hasFiles;
  }

  async open(path: EntryPath | undefined, filter = ''): Promise<void> {
    this.#run.abort();
    const { signal } = (this.#run = new AbortController());
    this.error = undefined;
    if (path === undefined) {
      this.path = this.folder = undefined;
      this.entries = [];
      return;
    }
    this.isLoading = true;
    try {
      // Folders come first, so the first page that holds a file is the last that holds a folder.
      const query = { limit: pageLimit, ...(filter && { filter }) };
      const { entry, children } = await listEntries(path, query, signal);
      this.path = path;
      this.folder = entry;
      const items = children?.items ?? [];
      this.entries = this.#hasFiles ? items : items.filter(({ kind }) => kind === 'directory');
      this.hasMore = children?.next != null && this.entries.length === items.length;
    } catch (error) {
      if (isAbort(error)) return;
      const parent = parentOf(path);
      if (hasCode(error, 'not_found') && parent) return this.open(parent);
      this.error = messageOf(error);
    } finally {
      if (!signal.aborted) this.isLoading = false;
    }
  }

  get isWritable(): boolean {
    return includesLevel(this.folder?.level, 'write');
  }

  close(): void {
    this.#run.abort();
  }
}

import type { EntryPath } from '../contract/path.ts';
import type { ListQuery } from '../contract/schemas.ts';
import type { ArchiveSource } from '../archives/archive-service.ts';
import type { OpenFile, StoredEntry } from '../files/files-service.ts';
import type { PinnedFiles, PinnedLink } from '../links/pinned-files.ts';
import type { SharedContent, SharedPage } from './shared-content.ts';

const everything: ListQuery = { limit: Infinity, sort: 'name', order: 'asc' };

/** What the manifest of a pinned link says. Until that is made, everything throws `locked`. */
export class PinnedContent implements SharedContent {
  readonly #files: PinnedFiles;
  readonly #link: PinnedLink;

  constructor(files: PinnedFiles, link: PinnedLink) {
    this.#files = files;
    this.#link = link;
  }

  get source(): ArchiveSource {
    return {
      walk: (_actor, path, signal) => this.#files.walk(this.#link, path, { signal, isChecked: true }),
      open: (_actor, path) => this.#files.openAt(this.#link, path),
    };
  }

  async items(): Promise<StoredEntry[]> {
    return (await this.#list('', everything)).items;
  }

  async stat(sharedPath: string): Promise<StoredEntry> {
    await this.#files.requireReady(this.#link);
    return this.#files.describe(this.#link, sharedPath);
  }

  async list(sharedPath: string, query: ListQuery) {
    const entry = await this.stat(sharedPath);
    return entry.kind === 'file' ? { entry } : { entry, children: await this.#list(sharedPath, query) };
  }

  async open(sharedPath: string): Promise<OpenFile> {
    await this.#files.requireReady(this.#link);
    return this.#files.open(this.#link, sharedPath);
  }

  walk(path: EntryPath, signal: AbortSignal) {
    return this.#files.walk(this.#link, path, { signal, isChecked: false });
  }

  sha256(_path: EntryPath, { etag }: StoredEntry): Promise<string> {
    return Promise.resolve(etag);
  }

  async #list(sharedPath: string, query: ListQuery): Promise<SharedPage> {
    await this.#files.requireReady(this.#link);
    return this.#files.list(this.#link, sharedPath, query);
  }
}

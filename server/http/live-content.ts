import { AppError, hasCode } from '../contract/app-error.ts';
import type { EntryPath } from '../contract/path.ts';
import type { ListQuery } from '../contract/schemas.ts';
import { notFound } from '../access/access-control.ts';
import type { LinkActor } from '../access/actor.ts';
import type { FileEntry, FilesService, OpenFile, StoredEntry } from '../files/files-service.ts';
import { resolveSharedPath } from '../links/shared-path.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import type { SharedContent } from './shared-content.ts';

/** What lies on the disk under a link at this moment. */
export class LiveContent implements SharedContent {
  readonly #files: FilesService;
  readonly #checksums: HttpDependencies['checksums'];
  readonly #actor: LinkActor;

  constructor({ files, checksums }: Pick<HttpDependencies, 'files' | 'checksums'>, actor: LinkActor) {
    this.#files = files;
    this.#checksums = checksums;
    this.#actor = actor;
  }

  get source(): FilesService {
    return this.#files;
  }

  /** What another program deleted is left out; throws `gone` when that is all. */
  async items(): Promise<StoredEntry[]> {
    const found = await Promise.all(
      this.#actor.items.map(async ({ name }) => {
        try {
          return { ...(await this.stat(name)), name };
        } catch (error) {
          if (hasCode(error, 'not_found')) return undefined;
          throw error;
        }
      }),
    );
    const items = found.filter((item) => item !== undefined);
    if (items.length === 0)
      throw new AppError('gone', 'What this link led to is gone.', { reason: 'orphaned' });
    return items;
  }

  async stat(sharedPath: string): Promise<FileEntry> {
    const path = resolveSharedPath(this.#actor, sharedPath);
    const entry = await this.#files.stat(this.#actor, path, 'read');
    this.#requireKind(sharedPath, entry);
    return entry;
  }

  async list(sharedPath: string, query: ListQuery) {
    const path = resolveSharedPath(this.#actor, sharedPath);
    const page = await this.#files.list(this.#actor, path, query);
    this.#requireKind(sharedPath, page.entry);
    return page;
  }

  async open(sharedPath: string): Promise<OpenFile> {
    const file = await this.#files.open(this.#actor, resolveSharedPath(this.#actor, sharedPath));
    try {
      this.#requireKind(sharedPath, file.entry);
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  walk(path: EntryPath, signal: AbortSignal) {
    return this.#files.walk(this.#actor, path, signal);
  }

  sha256(path: EntryPath, _entry: StoredEntry, signal: AbortSignal): Promise<string> {
    return this.#checksums.sha256(this.#actor, path, signal);
  }

  /** A folder where a file was handed out, or the other way round, was put there by another program. */
  #requireKind(sharedPath: string, { kind }: StoredEntry): void {
    const item = this.#actor.items.find(({ name }) => name === sharedPath);
    if (item && item.kind !== kind) throw notFound();
  }
}

import { AppError, hasCode } from '$contract/app-error.ts';
import { lineageOf, type EntryPath } from '$contract/path.ts';
import type { Entry, Listing } from '$contract/schemas.ts';
import { messageOf } from '$lib/api/client.ts';
import { getEntry, listEntries } from '$lib/api/entries-api.ts';
import type { Sort } from './listing-choices.svelte.ts';

/** What fills the window comes at once; the rest in pages that are parsed too quickly to be felt. */
const firstLimit = 200;
const nextLimit = 5000;
/** Below this a folder is simply read again; above it only when the folder itself says that it changed. */
const cheapTotal = 5000;

/**
 * The children of one folder, in the server's order, arriving page by page. Rows are plain arrays that are replaced,
 * never changed in place: nothing is tracked per row, so 100,000 of them cost what they weigh.
 */
export class FolderListing {
  readonly path: EntryPath;
  /** The folder itself, or the file that the address turned out to name. */
  entry = $state.raw<Entry>();
  rows = $state.raw<readonly Entry[]>([]);
  /** How many rows there will be. */
  total = $state(0);
  omitted = $state(0);
  isComplete = $state(false);
  /** Why there is nothing to show. */
  problem = $state.raw<AppError>();
  /** With a problem: the nearest folder above that does exist. */
  nearest = $state.raw<EntryPath>();
  /** Why only a part of the rows came. */
  interruption = $state<string>();
  /** Resolves when the first page is here, or a problem. */
  readonly ready: Promise<void>;

  #sort: Sort;
  #next: string | null = null;
  #run = new AbortController();
  #rest: Promise<void> = Promise.resolve();

  constructor(path: EntryPath, sort: Sort) {
    this.path = path;
    this.#sort = sort;
    this.ready = this.#guard(() => this.#openFirst());
  }

  /** Fetches what the first page left out. */
  loadRest(): Promise<void> {
    return (this.#rest = this.ready.then(() => this.#guard(() => this.#appendRest())));
  }

  /** Resolves when every row is here, or no more will come. */
  async whole(): Promise<void> {
    await this.ready;
    await this.#rest;
  }

  async sortBy(sort: Sort): Promise<void> {
    this.#sort = sort;
    await this.#restart(() => this.#reload());
  }

  /** Reads the folder again. What is whole stays on show until all of the new is here, so that nothing flickers. */
  async refresh(): Promise<void> {
    await this.#restart(() => (this.isComplete && !this.problem ? this.#reread() : this.#reload()));
  }

  /** As `refresh`, but a big folder that does not look changed is left alone. */
  async refreshIfChanged(): Promise<void> {
    if (!this.isComplete && !this.problem) return;
    if (this.total > cheapTotal && this.entry && !this.problem) {
      const now = await listEntries(this.path, { limit: 0 }).catch(() => undefined);
      if (now?.entry.etag === this.entry.etag && now.children?.total === this.total) return;
    }
    await this.refresh();
  }

  /** Takes rows away that are known to be gone, before the server is asked again. */
  forget(uris: ReadonlySet<string>): void {
    const rows = this.rows.filter((row) => !uris.has(row.uri));
    this.total -= this.rows.length - rows.length;
    this.rows = rows;
  }

  close(): void {
    this.#run.abort();
  }

  #restart(work: () => Promise<void>): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    return (this.#rest = this.#guard(work));
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#run;
    this.interruption = undefined;
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      if (this.rows.length > 0 && !hasCode(error, 'not_found')) this.interruption = messageOf(error);
      else await this.#fail(error);
    }
  }

  async #page(query: { limit: number; cursor?: string }): Promise<Listing> {
    const { signal } = this.#run;
    const listing = await listEntries(this.path, { ...this.#sort, ...query }, signal);
    signal.throwIfAborted();
    return listing;
  }

  async #openFirst(): Promise<void> {
    this.#show(await this.#page({ limit: firstLimit }));
  }

  async #reload(): Promise<void> {
    this.isComplete = false;
    await this.#openFirst();
    await this.#appendRest();
  }

  async #appendRest(): Promise<void> {
    while (this.#next !== null) {
      const { children } = await this.#page({ limit: nextLimit, cursor: this.#next });
      this.rows = this.rows.concat(children?.items ?? []);
      this.#next = children?.next ?? null;
      this.isComplete = this.#next === null;
      this.total = this.isComplete ? this.rows.length : Math.max(children?.total ?? 0, this.rows.length);
    }
  }

  async #reread(): Promise<void> {
    const { entry, children } = await this.#page({ limit: this.total > firstLimit ? nextLimit : firstLimit });
    if (!children) return this.#show({ entry });
    let { items, next } = children;
    while (next !== null) {
      const page: Listing = await this.#page({ limit: nextLimit, cursor: next });
      items = items.concat(page.children?.items ?? []);
      next = page.children?.next ?? null;
    }
    this.#show({ entry, children: { ...children, items, next: null, total: items.length } });
  }

  #show({ entry, children }: Listing): void {
    this.entry = entry;
    this.problem = undefined;
    this.nearest = undefined;
    this.rows = children?.items ?? [];
    this.total = children?.total ?? 0;
    this.omitted = children?.omitted ?? 0;
    this.#next = children?.next ?? null;
    this.isComplete = this.#next === null;
  }

  async #fail(error: unknown): Promise<void> {
    const problem = error instanceof AppError ? error : new AppError('internal', messageOf(error));
    if (hasCode(problem, 'not_found', 'conflict')) this.nearest = await this.#findNearest();
    this.problem = problem;
    this.rows = [];
    this.total = 0;
  }

  async #findNearest(): Promise<EntryPath | undefined> {
    for (const path of lineageOf(this.path).slice(1)) {
      const entry = await getEntry(path).catch(() => undefined);
      if (entry) return path;
    }
    return undefined;
  }
}

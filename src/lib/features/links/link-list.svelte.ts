import type { ForeignLink, Link, Rows } from '$contract/schemas.ts';
import { isAbort, messageOf } from '$lib/api/client.ts';
import { listLinks, restoreLink, revokeLink, type AllLinksOptions } from '$lib/api/links-api.ts';
import { activities } from '$lib/state/activity.svelte.ts';

const pageSize = 100;
const atOnce = 4;

export type LinkListFilter = {
  text: string;
  state: 'live' | 'ended';
  creator?: string | undefined;
  root?: string | undefined;
};

type Api<T> = {
  list: (query: AllLinksOptions, signal?: AbortSignal) => Promise<Rows<T>>;
  revoke: (id: string) => Promise<void>;
  /** Absent where a revocation cannot be taken back. */
  restore?: (id: string) => Promise<T>;
};

/** Links as the page shows them: filtered by the server, page after page, newest first. */
export class LinkList<T extends ForeignLink> {
  links = $state.raw<T[]>([]);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');
  #next = $state<string | null>(null);
  #filter: LinkListFilter = { text: '', state: 'live' };
  #reading = new AbortController();
  readonly #api: Api<T>;

  constructor(api: Api<T>) {
    this.#api = api;
  }

  static ofMine(): LinkList<Link> {
    return new LinkList<Link>({ list: listLinks, revoke: revokeLink, restore: restoreLink });
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  async show(filter: LinkListFilter): Promise<void> {
    this.#filter = filter;
    this.#next = null;
    await this.#read((page) => page);
  }

  async more(): Promise<void> {
    if (this.status === 'loading' || !this.#next) return;
    await this.#read((page) => [...this.links, ...page]);
  }

  async revoke(id: string): Promise<void> {
    await this.#api.revoke(id);
    this.links = this.links.filter((link) => link.id !== id);
    if (this.links.length === 0) await this.more();
  }

  /** Takes a revocation back. */
  async restore(id: string): Promise<void> {
    const restored = await this.#api.restore?.(id);
    if (restored) this.put(restored);
  }

  /** Shows a link as it is now, where it belongs among those that are shown; or no more. */
  put(link: T): void {
    const others = this.links.filter((other) => other.id !== link.id);
    const isShown = (link.state === 'live') === (this.#filter.state === 'live');
    const newer = others.filter(({ createdAt }) => createdAt > link.createdAt).length;
    this.links = isShown ? others.toSpliced(newer, 0, link) : others;
  }

  /** Answers those that could not be revoked, with the first reason. */
  revokeAll(ids: readonly string[]): Promise<{ failed: string[]; problem: string }> {
    return this.#each('Revoking links', ids, (id) => this.revoke(id));
  }

  restoreAll(ids: readonly string[]): Promise<{ failed: string[]; problem: string }> {
    return this.#each('Restoring links', ids, (id) => this.restore(id));
  }

  async #each(title: string, ids: readonly string[], work: (id: string) => Promise<void>) {
    const failed: string[] = [];
    let problem = '';
    await activities.each(title, ids, atOnce, async (id) => {
      try {
        await work(id);
      } catch (error) {
        failed.push(id);
        problem ||= messageOf(error);
      }
    });
    return { failed, problem };
  }

  async #read(merge: (page: T[]) => T[]): Promise<void> {
    this.#reading.abort();
    const reading = (this.#reading = new AbortController());
    this.status = 'loading';
    const { text, ...narrowing } = this.#filter;
    const query = {
      limit: pageSize,
      cursor: this.#next ?? undefined,
      filter: text || undefined,
      ...narrowing,
    };
    try {
      const page = await this.#api.list(query, reading.signal);
      this.links = merge(page.items);
      this.#next = page.next;
      this.status = 'ready';
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = messageOf(error);
      this.status = 'failed';
    }
  }
}

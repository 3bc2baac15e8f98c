import type { Link } from '$contract/schemas.ts';
import { isAbort, messageOf } from '$lib/api/client.ts';
import { listLinks, revokeLink } from '$lib/api/links-api.ts';
import { activities } from '$lib/state/activity.svelte.ts';

const pageSize = 100;
const revokedAtOnce = 4;

export type LinkListFilter = { text: string; state: 'live' | 'ended' };

/** My links as the page shows them: filtered by the server, page after page, newest first. */
export class LinkList {
  links = $state.raw<Link[]>([]);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');
  #next = $state<string | null>(null);
  #filter: LinkListFilter = { text: '', state: 'live' };
  #reading = new AbortController();

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
    await revokeLink(id);
    this.links = this.links.filter((link) => link.id !== id);
    if (this.links.length === 0) await this.more();
  }

  /** Answers those that could not be revoked, with the first reason. */
  async revokeAll(ids: readonly string[]): Promise<{ failed: string[]; problem: string }> {
    const failed: string[] = [];
    let problem = '';
    await activities.each('Revoking links', ids, revokedAtOnce, async (id) => {
      try {
        await this.revoke(id);
      } catch (error) {
        failed.push(id);
        problem ||= messageOf(error);
      }
    });
    return { failed, problem };
  }

  async #read(merge: (page: Link[]) => Link[]): Promise<void> {
    this.#reading.abort();
    const reading = (this.#reading = new AbortController());
    this.status = 'loading';
    const { text, state } = this.#filter;
    const query = { limit: pageSize, cursor: this.#next ?? undefined, filter: text || undefined, state };
    try {
      const page = await listLinks(query, reading.signal);
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

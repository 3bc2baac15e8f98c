import type { ForeignLink, Link, LinkEvent } from '$contract/schemas.ts';
import { messageOf } from '$lib/api/client.ts';
import { getAnyLink, getLink, listAnyLinkEvents, listLinkEvents } from '$lib/api/links-api.ts';

/** One link and what was done with it, newest first, page after page. */
export class LinkStory {
  /** Undefined until it has been read. Only one's own has an address. */
  link = $state.raw<ForeignLink & Partial<Pick<Link, 'url'>>>();
  events = $state.raw<LinkEvent[]>([]);
  problem = $state('');
  isReading = $state(false);
  #next = $state<string | null>(null);
  readonly #id: string;
  readonly #isAny: boolean;

  /** `isAny`: anybody's link, as an administrator sees it. */
  constructor(id: string, isAny: boolean) {
    this.#id = id;
    this.#isAny = isAny;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  async load(): Promise<void> {
    await this.#read(async () => {
      const [link, page] = await Promise.all([
        this.#isAny ? getAnyLink(this.#id) : getLink(this.#id),
        this.#page(),
      ]);
      this.link = link;
      this.events = page.items;
      this.#next = page.next;
    });
  }

  async more(): Promise<void> {
    const cursor = this.#next;
    if (cursor === null) return;
    await this.#read(async () => {
      const page = await this.#page(cursor);
      this.events = [...this.events, ...page.items];
      this.#next = page.next;
    });
  }

  #page(cursor?: string) {
    return this.#isAny ? listAnyLinkEvents(this.#id, cursor) : listLinkEvents(this.#id, cursor);
  }

  async #read(work: () => Promise<void>): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    this.problem = '';
    try {
      await work();
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.isReading = false;
  }
}

import type { Entry, Link } from '$contract/schemas.ts';
import { createLink, listLinks, revokeLink } from '$lib/api/links-api.ts';

/** Addresses longer than this are refused on the way, so many items are compared here instead of by the server. */
const maxAskedUris = 30;

/** The live links on exactly these entries: what exists, and what is added to it. */
export class LinkShelf {
  links = $state.raw<Link[]>([]);
  isLoaded = $state(false);
  readonly #uris: string[];

  constructor(entries: readonly Entry[]) {
    this.#uris = entries.map((entry) => entry.uri);
  }

  async load(signal?: AbortSignal): Promise<void> {
    this.links = await this.#find(signal);
    this.isLoaded = true;
  }

  /** The permanent link on these entries; a second one would only be a second thing to revoke. */
  async obtainPermanent(label: string): Promise<Link> {
    if (!this.isLoaded) await this.load();
    const existing = this.links.find((link) => link.expiresAt === null && link.mode === 'read');
    return existing ?? this.#create(label, null);
  }

  createTemporary(label: string, expiresIn: number): Promise<Link> {
    return this.#create(label, expiresIn);
  }

  async revoke(link: Link): Promise<void> {
    await revokeLink(link.id);
    this.links = this.links.filter((other) => other.id !== link.id);
  }

  async #create(label: string, expiresIn: number | null): Promise<Link> {
    const link = await createLink({ items: this.#uris, expiresIn, label: label.trim() || null });
    this.links = [link, ...this.links];
    return link;
  }

  async #find(signal?: AbortSignal): Promise<Link[]> {
    if (this.#uris.length <= maxAskedUris) {
      return (await listLinks({ uri: this.#uris, state: 'live' }, signal)).items;
    }
    const wanted = keyOf(this.#uris);
    const { items } = await listLinks({ state: 'live', limit: 1000 }, signal);
    return items.filter((link) => keyOf(link.items.map((item) => item.uri)) === wanted);
  }
}

/** Equal for the same entries in any order. */
function keyOf(uris: readonly string[]): string {
  return [...uris].sort().join('\n');
}

import type { CoveringLink, Entry, Link } from '$contract/schemas.ts';
import {
  createLink,
  getLinkRules,
  listCoveringLinks,
  listLinks,
  restoreLink,
  revokeLink,
} from '$lib/api/links-api.ts';
import { clock } from '$lib/state/clock.svelte.ts';
import { noRules } from '$lib/features/links/rules-words.ts';
import { isPlainKind, toKindFields, type LinkKind } from '$lib/features/links/link-kind.ts';
import { toLinkFields, type LinkTerms } from '$lib/features/links/link-terms.ts';

/** Addresses longer than this are refused on the way, so many items are compared here instead of by the server. */
const maxAskedUris = 30;

/** The links on exactly these entries: those that live, what is added to them, and what was revoked just now. */
export class LinkShelf {
  links = $state.raw<Link[]>([]);
  /** Others that reach any of these entries: with a folder above, with more beside, or somebody else's. */
  covering = $state.raw<CoveringLink[]>([]);
  rules = $state.raw(noRules);
  isLoaded = $state(false);
  readonly #uris: string[];

  constructor(entries: readonly Entry[]) {
    this.#uris = entries.map((entry) => entry.uri);
  }

  async load(signal?: AbortSignal): Promise<void> {
    const asked = this.#uris.slice(0, maxAskedUris);
    const [links, rules, covering] = await Promise.all([
      this.#find(signal),
      getLinkRules(asked, signal),
      listCoveringLinks(asked, signal),
    ]);
    this.links = links;
    this.rules = rules;
    this.covering = covering.items.filter(({ id }) => links.every((link) => link.id !== id));
    this.isLoaded = true;
  }

  get uris(): readonly string[] {
    return this.#uris;
  }

  /** The plain permanent link on these entries; a second one would only be a second thing to revoke. */
  async obtainPermanent(terms: LinkTerms, kind: LinkKind): Promise<Link> {
    if (!this.isLoaded) await this.load();
    const isPlain =
      isPlainKind(kind) &&
      Object.values(toLinkFields(terms)).every((value) => value === null || value === false);
    return (isPlain && this.links.find(isPlainPermanent)) || this.#create(terms, kind, null);
  }

  createTemporary(terms: LinkTerms, kind: LinkKind, expiresIn: number): Promise<Link> {
    return this.#create(terms, kind, expiresIn);
  }

  /** Ends a link, which stays in sight so that it can be taken back. */
  async revoke(link: Link): Promise<void> {
    await revokeLink(link.id);
    this.put({ ...link, state: 'revoked', revokedAt: clock.now.toISOString() });
  }

  async restore(link: Link): Promise<void> {
    this.put(await restoreLink(link.id));
  }

  /** Shows a link as it is now. */
  put(link: Link): void {
    this.links = this.links.map((other) => (other.id === link.id ? link : other));
  }

  async #create(terms: LinkTerms, kind: LinkKind, expiresIn: number | null): Promise<Link> {
    const link = await createLink({
      items: this.#uris,
      expiresIn,
      ...toLinkFields(terms),
      ...toKindFields(kind),
    });
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

function isPlainPermanent({ state, expiresAt, mode, pin, hasPassword, maxDownloads }: Link): boolean {
  return (
    pin === null &&
    state === 'live' &&
    expiresAt === null &&
    mode === 'read' &&
    !hasPassword &&
    maxDownloads === null
  );
}

/** Equal for the same entries in any order. */
function keyOf(uris: readonly string[]): string {
  return [...uris].sort().join('\n');
}

import { SvelteMap } from 'svelte/reactivity';
import { hasCode } from '$contract/app-error.ts';
import { compareNames } from '$contract/name-order.ts';
import type { Level } from '$contract/level.ts';
import type { Entry, Grant } from '$contract/schemas.ts';
import { messageOf } from '$lib/api/client.ts';
import { getEntry } from '$lib/api/entries-api.ts';
import { deleteGrant, listGrants, putGrant } from '$lib/api/grants-api.ts';
import { session } from '$lib/state/session.svelte.ts';
import { nameOfUri } from '../browse/browse-href.ts';
import { parseGrantee } from '../teammates/grantee-words.ts';

const atOnce = 6;
const pageSize = 100;

function byGrantee(one: Grant, other: Grant): number {
  return compareNames(parseGrantee(one.grantee).name, parseGrantee(other.grantee).name);
}

/** The grants on one entry. */
export type SharedPlace = { uri: string; name: string; grants: readonly Grant[] };

/** What I gave, or what I was given, with what became of each entry since. */
export class GrantList {
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');
  text = $state('');
  /** What stands at each URI now; null where there is nothing any more. Absent until it is known. */
  readonly entries = new SvelteMap<string, Entry | null>();
  #grants = $state.raw<readonly Grant[]>([]);
  #shownCount = $state(pageSize);
  readonly #direction: 'given' | 'received';

  constructor(direction: 'given' | 'received') {
    this.#direction = direction;
  }

  async load(): Promise<void> {
    this.status = 'loading';
    try {
      const { items } = await listGrants(this.#direction);
      this.#grants = inOrder(this.#direction === 'given' ? items : items.filter(({ uri }) => !isMine(uri)));
      this.status = 'ready';
      void this.#look();
    } catch (error) {
      this.problem = messageOf(error);
      this.status = 'failed';
    }
  }

  readonly isEmpty: boolean = $derived(this.#grants.length === 0);

  readonly #found: readonly SharedPlace[] = $derived.by(() => {
    const wanted = this.text.trim().toLowerCase();
    const byUri = Map.groupBy(this.#grants, ({ uri }) => uri);
    return [...byUri]
      .map(([uri, grants]) => ({ uri, grants: grants.toSorted(byGrantee), name: nameOfUri(uri) }))
      .filter(({ uri, grants }) => wanted === '' || searchable(uri, grants).includes(wanted));
  });
  readonly places: readonly SharedPlace[] = $derived(this.#found.slice(0, this.#shownCount));
  readonly hasMore: boolean = $derived(this.#found.length > this.#shownCount);

  more(): void {
    this.#shownCount += pageSize;
    void this.#look();
  }

  async change(grant: Grant, level: Level): Promise<void> {
    const changed = await putGrant(grant.uri, grant.grantee, level);
    this.#grants = this.#grants.map((other) => (other === grant ? changed : other));
  }

  async remove(grant: Grant): Promise<void> {
    await deleteGrant(grant.uri, grant.grantee);
    this.#grants = this.#grants.filter((other) => other !== grant);
  }

  async restore(grant: Grant): Promise<void> {
    const restored = await putGrant(grant.uri, grant.grantee, grant.level);
    this.#grants = inOrder([...this.#grants, restored]);
  }

  /** Asks what stands where, for those that are shown and not known yet. */
  async #look(): Promise<void> {
    const unknown = this.places.filter(({ uri }) => !this.entries.has(uri));
    const worker = async () => {
      for (let place = unknown.pop(); place; place = unknown.pop()) {
        const { uri } = place;
        try {
          this.entries.set(uri, await getEntry(session.pathOf(uri)));
        } catch (error) {
          // What cannot be asked for now is shown without its kind.
          if (hasCode(error, 'not_found', 'gone')) this.entries.set(uri, null);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
}

/** Whether it lies in the caller's own home, where nobody needs to share it with them. */
function isMine(uri: string): boolean {
  const { home } = session.current;
  return uri === home || uri.startsWith(`${home}/`);
}

function inOrder(grants: readonly Grant[]): Grant[] {
  const addresses = new Map(grants.map(({ uri }) => [uri, decodeURIComponent(uri)]));
  return grants.toSorted((a, b) => compareNames(addresses.get(a.uri)!, addresses.get(b.uri)!));
}

function searchable(uri: string, grants: readonly Grant[]): string {
  const words = grants.flatMap(({ grantee, grantedBy }) => [parseGrantee(grantee).name, grantedBy]);
  return [decodeURIComponent(uri), ...words].join('\n').toLowerCase();
}

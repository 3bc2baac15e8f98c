import type { Level } from '$contract/level.ts';
import { compareNames } from '$contract/name-order.ts';
import type { Entry, Grant } from '$contract/schemas.ts';
import { deleteGrant, explainAccess, listGrantsOn, putGrant } from '$lib/api/grants-api.ts';
import { activities } from '$lib/state/activity.svelte.ts';
import { byGrantee, isSameGrant, uniqueGrants, type DirectAccess } from './direct-access.ts';

const atOnce = 6;

/** A grant that was not all that its giver meant: the grantee has more already. */
export type LesserGrant = { grantee: string; asked: Level; effective: Level };

/** Who has access to some entries: by a grant on them, or by one on a folder above. */
export class AccessBook {
  isLoaded = $state(false);
  #grants = $state.raw<readonly Grant[]>([]);
  #removed = $state.raw<readonly Grant[]>([]);
  /** The grant by which the caller manages the entries; undefined for whose home they are in. */
  #own: { uri: string; grantee: string } | undefined;
  readonly #uris: readonly string[];

  constructor(entries: readonly Entry[]) {
    this.#uris = entries.map(({ uri }) => uri);
  }

  /** Reads what there is; with the caller's name, also what the caller's own access hangs on. */
  async load(user: string, signal?: AbortSignal): Promise<void> {
    const [first, ...rest] = this.#uris as [string, ...string[]];
    // A refusal of the first is told before the others are asked.
    const found = (await listGrantsOn(first, signal)).items;
    await activities.each('Reading who has access', rest, atOnce, async (uri) => {
      found.push(...(await listGrantsOn(uri, signal)).items);
    });
    await this.readOwn(user, signal);
    this.#grants = uniqueGrants(found);
    this.isLoaded = true;
  }

  /** Answers the caller's own level, and looks anew at what it hangs on. */
  async readOwn(user: string, signal?: AbortSignal): Promise<Level | null> {
    const { level, cause } = await explainAccess(this.#uris[0]!, user, signal);
    this.#own = cause?.kind === 'grant' ? cause : undefined;
    return level;
  }

  readonly #here: readonly Grant[] = $derived(this.#grants.filter(({ uri }) => this.#uris.includes(uri)));
  /** The grants on folders above; they are changed there. */
  readonly inherited: readonly Grant[] = $derived(
    this.#grants
      .filter((grant) => !this.#here.includes(grant))
      .toSorted((a, b) => a.uri.length - b.uri.length || compareNames(a.grantee, b.grantee)),
  );
  readonly direct: readonly DirectAccess[] = $derived(byGrantee(this.#here, this.#removed, this.inherited));

  /** Whether taking this away takes the caller's own right to share away with it. */
  isOwn({ grants }: DirectAccess): boolean {
    return grants.some((grant) => this.#own !== undefined && isSameGrant(grant, this.#own));
  }

  /** Gives each the level on every entry. Answers for whom that changed nothing. */
  give(grantees: readonly string[], level: Level): Promise<LesserGrant[]> {
    return this.#put(grantees.flatMap((grantee) => this.#uris.map((uri) => ({ uri, grantee, level }))));
  }

  change(access: DirectAccess, level: Level): Promise<LesserGrant[]> {
    return this.#put(access.grants.map(({ uri, grantee }) => ({ uri, grantee, level })));
  }

  async remove({ grants }: DirectAccess): Promise<void> {
    await this.#each('Taking access away', grants, async (grant) => {
      await deleteGrant(grant.uri, grant.grantee);
      this.#grants = this.#grants.filter((other) => other !== grant);
      this.#removed = [...this.#removed, grant];
    });
  }

  async restore({ grants }: DirectAccess): Promise<void> {
    await this.#put(grants);
  }

  async #put(wanted: readonly Pick<Grant, 'uri' | 'grantee' | 'level'>[]): Promise<LesserGrant[]> {
    const lesser: LesserGrant[] = [];
    await this.#each('Granting', wanted, async ({ uri, grantee, level }) => {
      const { effectiveLevel, warning, ...grant } = await putGrant(uri, grantee, level);
      const isTold = lesser.some((other) => other.grantee === grantee);
      if (warning && !isTold) lesser.push({ grantee, asked: level, effective: effectiveLevel });
      this.#grants = [...this.#grants.filter((other) => !isSameGrant(other, grant)), grant];
      this.#removed = this.#removed.filter((other) => !isSameGrant(other, grant));
    });
    return lesser;
  }

  /** Goes on when one fails, then throws the first failure. */
  async #each<T>(label: string, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    await activities.each(label, items, atOnce, (item) =>
      work(item).catch((error) => void failures.push(error)),
    );
    if (failures.length > 0) throw failures[0];
  }
}

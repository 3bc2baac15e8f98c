import type { Grantee } from './grantee-words.ts';
import { everyone } from './grantee-words.ts';
import { isAbort, messageOf } from '$lib/api/client.ts';
import { findTeammates } from '$lib/api/grants-api.ts';

const pauseMs = 120;
/** As the names of users and groups may be, and no longer. */
const maxPrefix = 32;
const everyoneWords = ['everyone', 'everybody', 'public'];

/** Finds people and groups by the beginning of their names while it is typed. */
export class TeammateSearch {
  found = $state.raw<readonly Grantee[]>([]);
  /** The text that `found` answers; undefined while the server is asked. */
  answered = $state<string>();
  problem = $state('');
  readonly #kinds: readonly Grantee['kind'][];
  #run = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(kinds: readonly Grantee['kind'][]) {
    this.#kinds = kinds;
  }

  /**
   * Resolves when there is an answer or a problem, or never once something else is asked for. Meanwhile `found` has who of
   * those known may still be meant.
   */
  find(text: string): Promise<void> {
    this.close();
    const prefix = text.trim().toLowerCase();
    this.problem = '';
    this.answered = undefined;
    // Who was found for another text must not be taken for this one.
    this.found = this.found.filter((grantee) => isCalled(grantee, prefix));
    const special = this.#kinds.includes('public') && isCalled(everyone, prefix) ? [everyone] : [];
    if (prefix === '' || prefix.length > maxPrefix) {
      this.found = special;
      this.answered = text;
      return Promise.resolve();
    }
    const { signal } = (this.#run = new AbortController());
    return new Promise((resolve) => {
      this.#timer = setTimeout(async () => {
        try {
          const { items } = await findTeammates(prefix, signal);
          this.found = [...items.filter(({ kind }) => this.#kinds.includes(kind)), ...special];
          this.answered = text;
        } catch (error) {
          if (isAbort(error)) return;
          this.found = [];
          this.problem = messageOf(error);
        }
        resolve();
      }, pauseMs);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#run.abort();
  }
}

function isCalled({ kind, name }: Grantee, prefix: string): boolean {
  const names = kind === 'public' ? everyoneWords : [name.toLowerCase()];
  return names.some((word) => word.startsWith(prefix));
}

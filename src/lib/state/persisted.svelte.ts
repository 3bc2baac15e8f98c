import { browser } from '$app/environment';

/**
 * A small choice that outlives the page: kept in localStorage as JSON under `drey:<key>` and followed across tabs.
 * Where storage is full, blocked or holds something else, the fallback serves and nothing breaks.
 */
export class Persisted<T> {
  #value = $state.raw() as T;
  readonly #key: string;

  constructor(key: string, fallback: T, isValid: (value: unknown) => value is T) {
    this.#key = `drey:${key}`;
    this.#value = fallback;
    if (!browser) return;
    const read = (text: string | null) => {
      try {
        const value: unknown = text === null ? fallback : JSON.parse(text);
        this.#value = isValid(value) ? value : fallback;
      } catch {
        this.#value = fallback;
      }
    };
    try {
      read(localStorage.getItem(this.#key));
    } catch {
      return;
    }
    window.addEventListener('storage', (event) => {
      if (event.key === this.#key) read(event.newValue);
    });
  }

  get current(): T {
    return this.#value;
  }

  set current(value: T) {
    this.#value = value;
    try {
      localStorage.setItem(this.#key, JSON.stringify(value));
    } catch {
      // Only remembering fails; the choice holds for this page.
    }
  }
}

/** For `Persisted`: whether a stored value is one of these words. */
export function isOneOf<const T extends string>(...words: T[]) {
  return (value: unknown): value is T => words.includes(value as T);
}

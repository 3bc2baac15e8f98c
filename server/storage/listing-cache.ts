import type { SortedListing } from './sorted-listing.ts';

type Remembered = { listing: SortedListing; version: string; expiresAt: number };

/** The listings that were used last, as many as fit in `maxWeight`. */
export class ListingCache {
  readonly #maxWeight: number;
  readonly #listings = new Map<string, Remembered>();
  #weight = 0;

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight;
  }

  /** The listing of that very version of the directory, unless it has expired. */
  find(key: string, version: string, now: number): SortedListing | undefined {
    const found = this.#listings.get(key);
    if (!found) return undefined;
    this.#forget(key);
    if (found.version !== version || found.expiresAt <= now) return undefined;
    // Last in the map is what was used last.
    this.#remember(key, found);
    return found.listing;
  }

  add(key: string, version: string, listing: SortedListing, expiresAt = Infinity): void {
    this.#forget(key);
    if (listing.weight > this.#maxWeight) return;
    this.#remember(key, { listing, version, expiresAt });
    for (const oldest of this.#listings.keys()) {
      if (this.#weight <= this.#maxWeight) break;
      this.#forget(oldest);
    }
  }

  #remember(key: string, entry: Remembered): void {
    this.#listings.set(key, entry);
    this.#weight += entry.listing.weight;
  }

  #forget(key: string): void {
    this.#weight -= this.#listings.get(key)?.listing.weight ?? 0;
    this.#listings.delete(key);
  }
}

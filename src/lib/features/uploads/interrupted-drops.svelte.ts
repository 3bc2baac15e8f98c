import { Persisted } from '$lib/state/persisted.svelte.ts';
import type { UploadBatch } from './upload-item.ts';

/** What is remembered of a drop while it is on its way, so that a page opened later can offer to go on. */
export type InterruptedDrop = {
  id: string;
  user: string;
  targetUri: string;
  /** The first of the names that were dropped, and how many there were. */
  names: string[];
  nameCount: number;
  isFolder: boolean;
  done: number;
  total: number;
  startedAt: number;
  /** Milliseconds since 1970, renewed while a page works on it; 0 when that page was left. */
  touchedAt: number;
};

const renewEveryMs = 3000;
/** A page in the background is woken once a minute at worst. */
const deadAfterMs = 90_000;
/** After this the server has forgotten too what came of large files. */
const longestMs = 7 * 24 * 3_600_000;
const maxKept = 20;

function areDrops(value: unknown): value is InterruptedDrop[] {
  return Array.isArray(value) && value.every((drop) => typeof drop?.targetUri === 'string');
}

/** Drops whose page was closed while they were under way. Small files leave no trace on the server; this is theirs. */
class InterruptedDrops {
  readonly #kept = new Persisted<InterruptedDrop[]>('drops-under-way', [], areDrops);
  #own = new Map<string, { drop: InterruptedDrop; batch: UploadBatch }>();
  #savedAt = 0;

  /** Those of `user` that no page works on, newest first. */
  of(user: string, now: number): InterruptedDrop[] {
    return this.#kept.current.filter(
      (drop) =>
        drop.user === user &&
        !this.#own.has(drop.id) &&
        drop.touchedAt + deadAfterMs < now &&
        drop.startedAt + longestMs > now,
    );
  }

  /** Replaces what is remembered of an earlier try at the same. */
  begin(batch: UploadBatch, user: string, names: readonly string[], isFolder: boolean): void {
    const { id, targetUri } = batch;
    const now = Date.now();
    const drop = {
      ...{ id, user, targetUri, isFolder, names: names.slice(0, 3), nameCount: names.length },
      ...{ done: 0, total: 0, startedAt: now, touchedAt: now },
    };
    this.#own.set(id, { drop, batch });
    const isSame = (other: InterruptedDrop) =>
      other.user === user &&
      other.targetUri === targetUri &&
      other.nameCount === drop.nameCount &&
      other.names.every((name, index) => name === drop.names[index]);
    this.#kept.current = [drop, ...this.#kept.current.filter((other) => !isSame(other))].slice(0, maxKept);
  }

  /** Writes down now and then how far the drops of this page are. */
  renew(now = Date.now()): void {
    if (this.#own.size === 0 || now - this.#savedAt < renewEveryMs) return;
    this.#savedAt = now;
    this.#write(now);
  }

  /** The page is being left. */
  leave(): void {
    if (this.#own.size > 0) this.#write(0);
  }

  /** All drops of this page are over. */
  end(): void {
    if (this.#own.size === 0) return;
    const over = this.#own;
    this.#own = new Map();
    this.#kept.current = this.#kept.current.filter(({ id }) => !over.has(id));
  }

  dismiss(id: string): void {
    this.#kept.current = this.#kept.current.filter((drop) => drop.id !== id);
  }

  #write(touchedAt: number): void {
    this.#kept.current = this.#kept.current.map((drop) => {
      const batch = this.#own.get(drop.id)?.batch;
      return batch ? { ...drop, done: batch.done, total: batch.total, touchedAt } : drop;
    });
  }
}

export const interruptedDrops = new InterruptedDrops();

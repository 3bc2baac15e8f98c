/* eslint-disable svelte/prefer-svelte-reactivity -- one version counter is the point of it */
import { includesLevel, type Level } from '$contract/level.ts';
import type { Entry } from '$contract/schemas.ts';

export type Totals = {
  count: number;
  files: number;
  directories: number;
  bytes: number;
  /** What the caller may do with every one of them; undefined when there is none. */
  level: Level | undefined;
};

/** Which entries are selected, by name. One version counter stands for all of them, so that 100,000 stay cheap. */
export class Selection {
  #entries = new Map<string, Entry>();
  #version = $state(0);

  readonly totals: Totals = $derived.by(() => {
    void this.#version;
    const totals: Totals = {
      count: this.#entries.size,
      files: 0,
      directories: 0,
      bytes: 0,
      level: undefined,
    };
    for (const { kind, size, level } of this.#entries.values()) {
      if (kind === 'directory') totals.directories += 1;
      else totals.files += 1;
      totals.bytes += size ?? 0;
      if (totals.level === undefined || !includesLevel(level, totals.level)) totals.level = level;
    }
    return totals;
  });

  readonly entries: readonly Entry[] = $derived.by(() => {
    void this.#version;
    return [...this.#entries.values()];
  });

  get count(): number {
    void this.#version;
    return this.#entries.size;
  }

  has(name: string): boolean {
    void this.#version;
    return this.#entries.has(name);
  }

  replace(entries: Iterable<Entry>): void {
    this.#entries = new Map();
    this.add(entries);
  }

  add(entries: Iterable<Entry>): void {
    for (const entry of entries) this.#entries.set(entry.name, entry);
    this.#version += 1;
  }

  toggle(entry: Entry): void {
    if (!this.#entries.delete(entry.name)) this.#entries.set(entry.name, entry);
    this.#version += 1;
  }

  clear(): void {
    if (this.#entries.size > 0) this.replace([]);
  }

  /** After the folder was read again: what is gone is no longer selected, what changed counts as it is now. */
  reconcile(rows: readonly Entry[]): void {
    if (this.#entries.size === 0) return;
    const kept = new Map<string, Entry>();
    for (const row of rows) if (this.#entries.has(row.name)) kept.set(row.name, row);
    this.#entries = kept;
    this.#version += 1;
  }
}

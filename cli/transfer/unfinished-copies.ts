import { resolve } from 'node:path';
import { StateFolder } from '../state-folder.ts';
import type { PlaceLocation } from './copy-target.ts';

const lifeMs = 7 * 86_400_000;

const copies = new StateFolder<{ startedAt: number }>('copies');

/**
 * Copies of a folder to a new name that were stopped. The folder of that name is there now, so the same command would
 * put the source inside it: remembering the first try makes the second one go on instead.
 */
export class UnfinishedCopy {
  readonly #key: readonly unknown[];

  constructor(server: string, source: PlaceLocation, target: PlaceLocation) {
    this.#key = [
      server,
      ...[source, target].map(({ kind, path }) => [kind, kind === 'local' ? resolve(path) : path]),
    ];
  }

  async exists(): Promise<boolean> {
    const record = await copies.find(this.#key);
    return record !== undefined && Date.now() - record.startedAt < lifeMs;
  }

  async begin(): Promise<void> {
    await copies.put(this.#key, { startedAt: Date.now() });
  }

  async end(): Promise<void> {
    await copies.remove(this.#key);
  }
}

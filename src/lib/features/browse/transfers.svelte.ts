import { AppError } from '$contract/app-error.ts';
import type { Entry, OnConflict, TransferResult } from '$contract/schemas.ts';
import { messageOf } from '$lib/api/client.ts';
import { copyEntries, moveEntries } from '$lib/api/entries-api.ts';
import { countOf } from '$lib/format/count.ts';
import { activities } from '$lib/state/activity.svelte.ts';
import { toasts } from '$lib/state/toasts.svelte.ts';
import { nameOfUri, parentUri } from './browse-href.ts';

export type TransferVerb = 'move' | 'copy';
export type ConflictChoice = 'skip' | 'rename' | 'replace';
export type Moving = Pick<Entry, 'uri' | 'name' | 'kind'>;
type Outcome = TransferResult['items'][number];

const apiCalls = { move: moveEntries, copy: copyEntries };
const words = { move: ['Moving', 'Moved'], copy: ['Copying', 'Copied'] } as const;
/** Few enough that progress moves and a request does not time out. */
const batchSize = 200;

/** Moves and copies: asks about names that are taken, says what happened, and offers to take a move back. */
class Transfers {
  /** What the person is being asked. `remaining` counts this one. */
  question = $state.raw<{
    verb: TransferVerb;
    name: string;
    folder: string;
    remaining: number;
    answer: (choice: ConflictChoice | undefined, forAll: boolean) => void;
  }>();
  #listeners = new Set<(folderUris: Set<string>) => void>();

  /** Calls back with the folders whose content a transfer changed, until the answer is called. */
  onChanged(listener: (folderUris: Set<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts `items` into the folder `to`. Never throws: what fails is told. */
  async into(verb: TransferVerb, items: readonly Moving[], to: string): Promise<void> {
    const movable = items.filter(
      ({ uri, kind }) =>
        !(verb === 'move' && parentUri(uri) === to) &&
        !(kind === 'directory' && (to === uri || to.startsWith(`${uri}/`))),
    );
    if (movable.length === 0) {
      if (items.some(({ uri }) => uri === to || to.startsWith(`${uri}/`))) {
        toasts.show({ message: 'A folder cannot go into itself.', tone: 'bad' });
      }
      return;
    }
    // A copy beside its original can only be one under another name.
    const isDuplicate = verb === 'copy' && movable.every(({ uri }) => parentUri(uri) === to);
    const outcomes = await this.#send(verb, movable, to, isDuplicate ? 'rename' : 'fail');
    const taken = new Set(outcomes.filter(({ error }) => error?.code === 'conflict').map(({ from }) => from));
    const settled = outcomes.filter(({ from }) => !taken.has(from));
    const conflicts = movable.filter(({ uri }) => taken.has(uri));
    for (const [onConflict, group] of await this.#ask(verb, conflicts, to)) {
      settled.push(...(await this.#send(verb, group, to, onConflict)));
    }
    this.#tell(verb, settled, to);
    this.#announce([to, ...movable.map(({ uri }) => parentUri(uri))]);
  }

  /** Gives one entry the new place `uri`. Throws what the server refused. */
  async rename(entry: Entry, uri: string): Promise<void> {
    await moveEntries([entry.uri], uri, { into: false });
    this.#announce([parentUri(entry.uri)]);
  }

  #announce(folders: (string | undefined)[]): void {
    const changed = new Set(folders.filter((folder) => folder !== undefined));
    for (const listener of this.#listeners) listener(changed);
  }

  async #send(verb: TransferVerb, items: readonly Moving[], to: string, onConflict: OnConflict) {
    const outcomes: Outcome[] = [];
    const batches: string[][] = [];
    for (let start = 0; start < items.length; start += batchSize) {
      batches.push(items.slice(start, start + batchSize).map(({ uri }) => uri));
    }
    await activities.each(words[verb][0], batches, 1, async (from) => {
      try {
        outcomes.push(...(await apiCalls[verb](from, to, { onConflict, into: true })).items);
      } catch (error) {
        outcomes.push(...from.map((uri) => ({ from: uri, error: refusalOf(error) })));
      }
    });
    return outcomes;
  }

  /** Asks about each until one answer is for all; closing the question skips the rest. */
  async #ask(verb: TransferVerb, conflicts: readonly Moving[], to: string) {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- never shown
    const groups = new Map<OnConflict, Moving[]>();
    let forAll: ConflictChoice | undefined;
    for (const [index, item] of conflicts.entries()) {
      const choice =
        forAll ?? (await this.#askOne(verb, item, to, conflicts.length - index, (all) => (forAll = all)));
      if (choice !== 'skip') groups.set(choice, [...(groups.get(choice) ?? []), item]);
    }
    return groups;
  }

  async #askOne(
    verb: TransferVerb,
    { name }: Moving,
    to: string,
    remaining: number,
    decideAll: (choice: ConflictChoice) => void,
  ): Promise<ConflictChoice> {
    const choice = await new Promise<ConflictChoice>((resolve) => {
      const answer = (given: ConflictChoice | undefined, forAll: boolean) => {
        if (forAll || given === undefined) decideAll(given ?? 'skip');
        resolve(given ?? 'skip');
      };
      this.question = { verb, name, folder: nameOfUri(to), remaining, answer };
    });
    this.question = undefined;
    return choice;
  }

  #tell(verb: TransferVerb, outcomes: Outcome[], to: string): void {
    const done = outcomes.filter((outcome) => outcome.to !== undefined);
    const failed = outcomes.filter((outcome) => outcome.error);
    if (failed.length > 0) {
      const more =
        failed.length > 1
          ? ` (${countOf(failed.length, 'item')} could not be ${verb === 'move' ? 'moved' : 'copied'}.)`
          : '';
      toasts.show({
        message: `“${nameOfUri(failed[0]!.from)}”: ${failed[0]!.error!.message}${more}`,
        tone: 'bad',
      });
    }
    if (done.length === 0) return;
    const what = done.length === 1 ? `“${nameOfUri(done[0]!.from)}”` : countOf(done.length, 'item');
    toasts.show({
      message: `${words[verb][1]} ${what} to “${nameOfUri(to)}”.`,
      tone: 'good',
      action: verb === 'move' ? { label: 'Undo', run: () => void this.#undo(done) } : undefined,
    });
  }

  /** Each goes back under the name it had. */
  async #undo(done: Outcome[]): Promise<void> {
    const failures: string[] = [];
    await activities.each('Moving back', done, 4, async ({ from, to }) => {
      try {
        await moveEntries([to!], from, { into: false });
      } catch (error) {
        failures.push(messageOf(error));
      }
    });
    if (failures.length > 0)
      toasts.show({ message: `Not all could be moved back. ${failures[0]}`, tone: 'bad' });
    else toasts.show({ message: `Moved ${countOf(done.length, 'item')} back.`, tone: 'good' });
    this.#announce(done.flatMap(({ from, to }) => [parentUri(from), parentUri(to!)]));
  }
}

/** What a whole request was refused with, as an item's own error. `conflict` stays for a name that is taken. */
function refusalOf(error: unknown): NonNullable<Outcome['error']> {
  const message = messageOf(error);
  if (!(error instanceof AppError)) return { code: 'internal', message };
  const isOther = error.code === 'conflict' && error.reason !== 'exists';
  return { code: isOther ? 'invalid' : error.code, message };
}

export const transfers = new Transfers();

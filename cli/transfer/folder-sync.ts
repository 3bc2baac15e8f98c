import { rm } from 'node:fs/promises';
import { parseEntryPath } from '../../server/contract/path.ts';
import { shortUri } from '../location.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createCarrier, createSource, createTarget } from './copy-jobs.ts';
import { runCopy } from './copy-run.ts';
import { placeIn, type PlaceLocation } from './copy-target.ts';
import type { PathFilter } from './path-filter.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';
import { joinRelative, splitRelative, type Carrier, type SourceTree, type TreeEntry } from './tree.ts';

export type SyncOptions = { filter: PathFilter; isDeleting: boolean; isDryRun: boolean; isVerbose: boolean };

/** Makes one folder like another: copies what is new or different and, when told to, deletes what is in excess. */
export async function syncFolders(
  source: PlaceLocation,
  destination: PlaceLocation,
  { filter, isDeleting, isDryRun, isVerbose }: SyncOptions,
  transfer: TransferContext,
  terminal: Terminal,
): Promise<void> {
  const { tally, abort } = transfer;
  const seen = new Map<string, Set<string>>([['', new Set()]]);
  const target = createTarget(destination, 'tree', transfer);
  const carrier = isDryRun
    ? new TellingCarrier(terminal)
    : createCarrier(source.kind, destination, 'tree', transfer);
  const tree = remembering(createSource(source, filter, transfer), seen);
  await runCopy({ source: tree, target, carrier }, 'different', tally, abort.signal);
  if (!isDeleting) return;
  if (tally.failures > 0) {
    terminal.say('drey: Nothing was deleted, since not all of the source could be copied.');
    return;
  }
  for (const [folder, names] of seen) {
    for (const [name, { kind }] of await target.list(folder)) {
      abort.signal.throwIfAborted();
      if (names.has(name) || filter.excludes(folder, name, kind)) continue;
      const relative = joinRelative(folder, name);
      if (isDryRun) await terminal.printLine(`delete ${terminal.show(relative)}`);
      else await remove(relative);
    }
  }

  async function remove(relative: string): Promise<void> {
    const { kind, path } = placeIn(destination, relative);
    const label = kind === 'local' ? path : shortUri(parseEntryPath(path), await transfer.api.uriBase());
    try {
      if (kind === 'local') await rm(path, { recursive: true });
      else await transfer.api.remove(parseEntryPath(path));
      if (isVerbose) terminal.say(`deleted ${printable(label)}`);
    } catch (error) {
      if (endsAll(error)) throw error;
      tally.failed(label, error);
    }
  }
}

/** The same tree, with the names in each of its folders written down as they pass by. */
function remembering(source: SourceTree, seen: Map<string, Set<string>>): SourceTree {
  return {
    async *walk() {
      for await (const entry of source.walk()) {
        if (entry.relative !== '') {
          const { folder, name } = splitRelative(entry.relative);
          seen.get(folder)?.add(name);
        }
        if (entry.kind === 'directory' && !seen.has(entry.relative)) seen.set(entry.relative, new Set());
        yield entry;
      }
    },
  };
}

/** Says what would be copied. */
class TellingCarrier implements Carrier {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async prepare(): Promise<void> {}

  async carry({ relative }: TreeEntry): Promise<void> {
    await this.#terminal.printLine(`copy ${this.#terminal.show(relative)}`);
  }

  async makeDirectory({ relative }: TreeEntry): Promise<void> {
    await this.#terminal.printLine(`make ${this.#terminal.show(relative)}/`);
  }

  async finish(): Promise<void> {}
}

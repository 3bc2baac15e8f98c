import { Readable } from 'node:stream';
import { AppError } from '../../server/contract/app-error.ts';
import { containsPath } from '../../server/contract/path.ts';
import type { CopyJob, Existing, TreeEntry } from './tree.ts';
import { endsAll } from './transfer-pool.ts';
import type { TransferTally } from './transfer-tally.ts';

/** When a file that is there already is copied all the same. */
export type Renewal = 'different' | 'newer' | 'unfinished' | 'always';

/** File systems and servers round times to a millisecond, each in its own way. */
const toleranceMs = 2;

export function needsCopy(source: Existing, target: Existing | undefined, renewal: Renewal): boolean {
  if (!target) return true;
  const isNewer = source.modifiedAt > target.modifiedAt + toleranceMs;
  switch (renewal) {
    case 'newer':
      return isNewer;
    case 'unfinished':
      return isNewer || source.size !== target.size;
    case 'different':
      return source.size !== target.size || Math.abs(source.modifiedAt - target.modifiedAt) > toleranceMs;
    case 'always':
      return true;
  }
}

/** So many files are found before their turn: how much there is to do is known while the first are on their way. */
const readAhead = 10_000;

/** Walks a source and hands on what its target lacks. What fails of single entries is in the tally. */
export async function runCopy(
  { source, target, carrier }: CopyJob,
  renewal: Renewal,
  tally: TransferTally,
  signal: AbortSignal,
): Promise<void> {
  tally.pendingWalks = Math.max(1, tally.pendingWalks);
  let isPrepared = false;
  try {
    const wanted = Readable.from(findWanted(), { highWaterMark: readAhead });
    for await (const entry of wanted as AsyncIterable<TreeEntry>) {
      signal.throwIfAborted();
      // What fails here fails for all, and is told once.
      if (!isPrepared) await carrier.prepare();
      isPrepared = true;
      try {
        if (entry.kind === 'directory') await carrier.makeDirectory(entry);
        else await carrier.carry(entry);
      } catch (error) {
        if (endsAll(error)) throw error;
        tally.failed(entry.label, error);
      }
    }
  } finally {
    await carrier.finish();
  }

  async function* findWanted(): AsyncGenerator<TreeEntry> {
    let blocked: string | undefined;
    try {
      for await (const entry of source.walk()) {
        signal.throwIfAborted();
        if (blocked !== undefined && containsPath(blocked, entry.relative)) continue;
        try {
          if (!(await isWanted(entry))) continue;
        } catch (error) {
          if (isTop(entry) || endsAll(error)) throw error;
          if (entry.kind === 'directory') blocked = entry.relative;
          tally.failed(entry.label, error);
          continue;
        }
        yield entry;
      }
    } finally {
      tally.pendingWalks -= 1;
    }
  }

  async function isWanted(entry: TreeEntry): Promise<boolean> {
    const existing = await target.find(entry.relative);
    if (existing && existing.kind !== entry.kind) {
      const [there, here] = existing.kind === 'file' ? ['file', 'folder'] : ['folder', 'file'];
      throw new AppError('conflict', `There is a ${there} where this ${here} should go.`);
    }
    if (entry.kind === 'directory') return !existing && entry.isEmpty === true;
    const isNeeded = needsCopy(entry, existing, renewal);
    if (existing) entry.replaces = existing;
    if (isNeeded) tally.find(entry.size);
    else tally.skip();
    return isNeeded;
  }
}

function isTop({ kind, relative }: TreeEntry): boolean {
  return kind === 'directory' && relative === '';
}

import type { BodyAnswer } from './body-request.ts';
import type { PackedLoad } from './load-packer.ts';
import { changedOnDisk } from './local-file.ts';
import { randomId } from './random-id.ts';
import { readRefusal, saysGarbled } from './refusal-reader.ts';
import { decideRetry } from './retry-pacing.ts';
import { waitForRetry } from './retry-wait.ts';
import type { Refusal, Transfer, UploadItem } from './upload-item.ts';

export type BulkEvents = {
  /** `isBaseline` marks where a try begins. */
  onProgress: (item: UploadItem, sentBytes: number, isBaseline: boolean) => void;
  /** The connection is gone; bytes will move again by themselves. */
  onStalled: () => void;
  /** This file is done with: stored, unless there is a refusal. */
  onSettled: (item: UploadItem, refusal?: Refusal) => void;
};

export type BulkDoor = {
  /** Reads the items and makes one request of them. Rejects when one cannot be read. */
  pack: (items: readonly UploadItem[]) => Promise<PackedLoad>;
  /** Whether the item can still be read. */
  isReadable: (item: UploadItem) => Promise<boolean>;
  /** Sends it to the folder that the items go into. Sent again under the same key, it is carried out once. */
  post: (
    load: PackedLoad,
    key: string,
    onSent: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<BodyAnswer>;
};

/** How often a file that arrives otherwise than it was sent is sent again. */
const maxGarbled = 3;

/**
 * Sends small files of one drop in one request and settles each by itself. A load whose answer was lost is sent again
 * as it was. What concerns the load as a whole rejects `done` with a `Refusal`.
 */
export function startBulkTransfer(
  items: readonly UploadItem[],
  events: BulkEvents,
  door: BulkDoor,
): Transfer {
  const ending = new AbortController();
  const { signal } = ending;
  let left = items;

  function settle(done: ReadonlyMap<UploadItem, Refusal | undefined>) {
    left = left.filter((item) => !done.has(item));
    for (const [item, refusal] of done) events.onSettled(item, refusal);
  }

  async function carry(): Promise<void> {
    for (let round = 1; left.length > 0; round += 1) {
      const load = await door.pack(left).catch(settleUnreadable);
      if (signal.aborted) return;
      if (!load) continue;
      const outcomes = await deliver(load);
      if (!outcomes) return;
      // What was damaged on the way stays, to be sent again.
      const answered = left.map((item, index) => [item, outcomes[index]] as const);
      settle(new Map(answered.filter(([, refusal]) => round >= maxGarbled || !saysGarbled(refusal))));
    }
  }

  /** Some of what cannot be read must be found, or nothing would come of trying again. */
  async function settleUnreadable(problem: unknown): Promise<void> {
    const areReadable = await Promise.all(left.map((item) => door.isReadable(item)));
    const gone = left.filter((_, index) => !areReadable[index]);
    if (gone.length === 0) throw problem;
    settle(new Map(gone.map((item) => [item, changedOnDisk])));
  }

  /** What became of each; nothing when it was ended. */
  async function deliver(load: PackedLoad): Promise<(Refusal | undefined)[] | undefined> {
    const key = randomId();
    for (let attempt = 0; ;) {
      const { status, body } = await send(load, key);
      if (signal.aborted) return undefined;
      const outcomes = status === 200 ? readOutcomes(body, left.length) : undefined;
      if (outcomes) return outcomes;
      // An answer that is not the server's own is a proxy's.
      const decision = decideRetry({
        status: status === 200 ? 502 : status,
        isOnline: navigator.onLine,
        attempt,
      });
      // Of a load, 404 means the folder; the server's words are about any address.
      if (decision.kind === 'give-up') throw readRefusal(status, status === 404 ? '' : body);
      if (decision.kind === 'after') attempt += 1;
      events.onStalled();
      await waitForRetry(decision, signal);
      if (signal.aborted) return undefined;
    }
  }

  function send(load: PackedLoad, key: string): Promise<BodyAnswer> {
    const bytes = left.reduce((sum, item) => sum + item.size, 0);
    const tell = (share: number, isBaseline = false) => {
      let rest = share * bytes;
      for (const item of left) {
        const sentBytes = Math.max(0, Math.min(item.size, Math.floor(rest)));
        rest -= item.size;
        if (isBaseline || sentBytes > item.sentBytes) events.onProgress(item, sentBytes, isBaseline);
      }
    };
    tell(0, true);
    for (const item of left) item.mayBeStored = true;
    return door.post(load, key, tell, signal);
  }

  return {
    done: carry(),
    cancel: async () => ending.abort(),
    pause: () => ending.abort(),
  };
}

/** What became of each file, undefined = stored; nothing where the answer is not the server's own. */
function readOutcomes(body: string, count: number): (Refusal | undefined)[] | undefined {
  try {
    const { items } = JSON.parse(body) as { items: { error?: Refusal }[] };
    return items.length === count ? items.map(({ error }) => error) : undefined;
  } catch {
    return undefined;
  }
}

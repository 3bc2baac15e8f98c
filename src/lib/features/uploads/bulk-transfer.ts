import type { FormAnswer } from './form-request.ts';
import { explainUnreadable } from './local-file.ts';
import { readRefusal, refusalOf } from './refusal-reader.ts';
import { decideRetry } from './retry-pacing.ts';
import { waitForRetry } from './retry-wait.ts';
import type { Transfer } from './tus-transfer.ts';
import type { Refusal, UploadItem } from './upload-item.ts';

export type BulkEvents = {
  /** `isBaseline` marks where a try begins. */
  onProgress: (item: UploadItem, sentBytes: number, isBaseline: boolean) => void;
  /** The connection is gone; bytes will move again by themselves. */
  onStalled: () => void;
  /** This file is done with: stored, unless there is a refusal. */
  onSettled: (item: UploadItem, refusal?: Refusal) => void;
};

export type BulkDoor = {
  /** Sends the form to the folder that the items go into. */
  post: (form: FormData, onSent: (share: number) => void, signal: AbortSignal) => Promise<FormAnswer>;
  /** Whether a file whose answer was lost is there. */
  isStored: (item: UploadItem) => Promise<boolean>;
};

/**
 * Sends small files of one folder in one request and settles each by itself. A load whose answer was lost is sent
 * again without the files that had arrived. What concerns the load as a whole rejects `done` with a `Refusal`.
 */
export function startBulkTransfer(
  items: readonly UploadItem[],
  events: BulkEvents,
  door: BulkDoor,
): Transfer {
  const cancellation = new AbortController();
  const { signal } = cancellation;
  let left = items;

  function settle(done: ReadonlyMap<UploadItem, Refusal | undefined>) {
    left = left.filter((item) => !done.has(item));
    for (const [item, refusal] of done) {
      item.mayBeStored = false;
      events.onSettled(item, refusal);
    }
  }

  async function settleArrived() {
    const doubtful = left.filter((item) => item.mayBeStored);
    const areStored = await Promise.all(doubtful.map((item) => door.isStored(item)));
    if (signal.aborted) return;
    settle(new Map(doubtful.filter((_, index) => areStored[index]).map((item) => [item, undefined])));
  }

  async function settleUnreadable() {
    const checked = await Promise.all(
      left.map(async (item) => [item, await explainUnreadable(item.file!)] as const),
    );
    if (!signal.aborted) settle(new Map(checked.filter(([, problem]) => problem)));
  }

  async function send(): Promise<FormAnswer> {
    try {
      await settleArrived();
    } catch (error) {
      if (refusalOf(error).code !== 'unavailable') throw error;
      return { status: 0, body: '' };
    }
    if (left.length === 0 || signal.aborted) return { status: 200, body: '' };
    const bytes = left.reduce((sum, item) => sum + item.size, 0);
    const tell = (share: number, isBaseline = false) => {
      let rest = share * bytes;
      for (const item of left) {
        const sentBytes = Math.min(item.size, Math.floor(rest));
        rest -= item.size;
        if (isBaseline || sentBytes > item.sentBytes)
          events.onProgress(item, Math.max(0, sentBytes), isBaseline);
      }
    };
    tell(0, true);
    for (const item of left) item.mayBeStored = true;
    const answer = await door.post(formOf(left), tell, signal);
    if (signal.aborted || answer.status !== 200) return answer;
    const outcomes = readOutcomes(answer.body, left.length);
    if (!outcomes) return { status: 502, body: '' };
    settle(new Map(left.map((item, index) => [item, outcomes[index]])));
    return answer;
  }

  async function carry(): Promise<void> {
    let attempt = 0;
    while (left.length > 0) {
      const { status, body } = await send();
      if (signal.aborted || left.length === 0) return;
      if (status === 0) await settleUnreadable();
      const decision = decideRetry({ status, isOnline: navigator.onLine, attempt });
      // Of a load, 404 means the folder; the server's words are about any address.
      if (decision.kind === 'give-up') throw readRefusal(status, status === 404 ? '' : body);
      if (decision.kind === 'after') attempt += 1;
      events.onStalled();
      await waitForRetry(decision, signal);
      if (signal.aborted) return;
    }
  }

  return {
    done: carry(),
    cancel: async () => cancellation.abort(),
  };
}

/** Names go in the manifest, where nothing needs to be escaped. */
function formOf(items: readonly UploadItem[]): FormData {
  const manifest = items.map(({ path, size, file }) => ({
    path,
    size,
    modifiedAt: new Date(file!.lastModified).toISOString(),
  }));
  const form = new FormData();
  form.append('manifest', JSON.stringify(manifest));
  for (const { file } of items) form.append('file', file!, 'file');
  return form;
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

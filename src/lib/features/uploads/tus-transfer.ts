import type { DetailedError, Upload } from 'tus-js-client';
import { explainUnreadable } from './local-file.ts';
import { readRefusal } from './refusal-reader.ts';
import { decideRetry } from './retry-pacing.ts';
import { waitForRetry } from './retry-wait.ts';
import type { ConflictChoice } from './upload-item.ts';

export type TransferJob = { file: File; uri: string; onConflict: Exclude<ConflictChoice, 'skip'> };
export type TransferEvents = {
  /** `isBaseline` marks where a try begins: those bytes were there already. */
  onProgress: (sentBytes: number, isBaseline: boolean) => void;
  /** The connection is gone; bytes will move again by themselves. */
  onStalled: () => void;
};
export type Transfer = {
  /** Settles when the file is stored or the transfer was cancelled; rejects with a `Refusal`. */
  done: Promise<void>;
  cancel: () => Promise<void>;
};

const endpoint = '/api/v1/uploads';
const chunkSize = 64 * 1024 * 1024;

/** The status of an answer that says nothing about the upload itself, so that its address must be kept. */
class PassingAnswer extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`answered ${status}`);
    this.status = status;
  }
}

/** Uploads one large file by tus and goes on after lost connections, and after a reload for as long as the server waits. */
export function startTransfer(job: TransferJob, events: TransferEvents): Transfer {
  const { file, uri, onConflict } = job;
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const cancellation = new AbortController();
  let upload: Upload | undefined;
  let attempt = 0;
  let isBaseline = true;

  async function begin() {
    const { Upload } = await import('tus-js-client');
    if (cancellation.signal.aborted) return;
    upload = new Upload(file, {
      endpoint,
      chunkSize,
      // Retrying is ours: the library starts from zero after a 5xx or 401 that it meets while resuming.
      retryDelays: null,
      metadata: { uri, onConflict, modifiedAt: new Date(file.lastModified).toISOString() },
      removeFingerprintOnSuccess: true,
      fingerprint: () => Promise.resolve(`drey-${uri}-${file.size}-${file.lastModified}-${onConflict}`),
      onAfterResponse: (request, response) => {
        const status = response.getStatus();
        // 412 is said anew, with its reason, when the upload is begun anew; an answer to HEAD has no words.
        const saysGone = [404, 410, 412].includes(status);
        if (request.getMethod() === 'HEAD' && status >= 300 && !saysGone) throw new PassingAnswer(status);
      },
      onProgress: (sentBytes) => {
        events.onProgress(sentBytes, isBaseline);
        isBaseline = false;
      },
      onChunkComplete: () => (attempt = 0),
      onSuccess: () => resolve(),
      onError: (error) => void recover(error as DetailedError).catch(reject),
    });
    const [previous] = await upload.findPreviousUploads();
    if (previous) upload.resumeFromPreviousUpload(previous);
    if (!cancellation.signal.aborted) upload.start();
  }

  async function recover(error: DetailedError) {
    const response = error.originalResponse;
    const cause = error.causingError;
    const status = response?.getStatus() ?? (cause instanceof PassingAnswer ? cause.status : 0);
    const decision = decideRetry({ status, isOnline: navigator.onLine, attempt });
    const unreadable = status === 0 && (await explainUnreadable(file));
    if (unreadable) throw unreadable;
    if (decision.kind === 'give-up') throw readRefusal(status, response?.getBody() ?? '');
    if (decision.kind === 'after') attempt += 1;
    events.onStalled();
    await waitForRetry(decision, cancellation.signal);
    if (cancellation.signal.aborted) return;
    isBaseline = true;
    upload?.start();
  }

  begin().catch(reject);
  return {
    done,
    cancel: async () => {
      cancellation.abort();
      resolve();
      await upload?.abort(true);
    },
  };
}

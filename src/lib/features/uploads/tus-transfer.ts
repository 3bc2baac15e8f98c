import type { DetailedError, Upload } from 'tus-js-client';
import type { Digested, HashState } from './digest-worker.ts';
import { explainUnreadable } from './local-file.ts';
import type { PartPacing } from './part-pacing.ts';
import { readRefusal } from './refusal-reader.ts';
import { decideRetry } from './retry-pacing.ts';
import { StallWatch } from './stall-watch.ts';
import { waitForRetry } from './retry-wait.ts';
import type { Transfer } from './upload-item.ts';

export type TransferJob = {
  file: File;
  /** Where uploads are begun. */
  endpoint: string;
  /** What is said of the file, besides its date. */
  metadata: Record<string, string>;
  /** Where the server holds a part of it already. */
  uploadUrl: string | undefined;
  /** Bytes of one request, at most. */
  chunkBytes: number;
  /** How many of them it is to be on this line; shared by all that go over it. */
  pacing: PartPacing;
};
export type TransferEvents = {
  /** `isBaseline` marks where a try begins: those bytes were there already. */
  onProgress: (sentBytes: number, isBaseline: boolean) => void;
  /** The connection is gone; bytes will move again by themselves. */
  onStalled: () => void;
  /** The server keeps what it gets at this address. */
  onBegun: (uploadUrl: string) => void;
};
/** Hashes bytes, or goes on to hash where others ended. */
export type Digest = (bytes: Blob, after?: HashState) => Promise<Digested>;

/** The status of an answer that says nothing about the upload itself, so that its address must be kept. */
class PassingAnswer extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`answered ${status}`);
    this.status = status;
  }
}

/**
 * Uploads one large file by tus, every request with its digest, and goes on after lost connections and from where an
 * earlier upload of it was left.
 */
export function startTransfer(job: TransferJob, events: TransferEvents, digest: Digest): Transfer {
  const { file, endpoint, metadata, pacing } = job;
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const ending = new AbortController();
  const parts = new PartDigests(file, () => pacing.next(job.chunkBytes), digest);
  /** The one under way. */
  let part: { bytes: number; sentAt: number } | undefined;
  let upload: Upload | undefined;
  let attempt = 0;
  let isBaseline = true;
  // What is aborted reports no error, so that this takes its place.
  const watch = new StallWatch(() => {
    void upload?.abort();
    void goOnAfter(0).catch(reject);
  });
  void done.catch(() => {}).finally(() => watch.end());

  async function begin() {
    const { Upload } = await import('tus-js-client');
    if (ending.signal.aborted) return;
    upload = new Upload(file, {
      endpoint,
      uploadUrl: job.uploadUrl ?? null,
      chunkSize: job.chunkBytes,
      // Retrying is ours: the library starts from zero after a 5xx or 401 that it meets while resuming.
      retryDelays: null,
      // Where to go on is asked of the server, so that it can be in another browser too.
      storeFingerprintForResuming: false,
      metadata: { ...metadata, modifiedAt: new Date(file.lastModified).toISOString() },
      onUploadUrlAvailable: () => upload?.url && events.onBegun(upload.url),
      onBeforeRequest: async (request) => {
        if (request.getMethod() !== 'PATCH') return;
        const offset = Number(request.getHeader('Upload-Offset'));
        const checksum = await parts.checksumAt(offset);
        ending.signal.throwIfAborted();
        request.setHeader('Upload-Checksum', checksum);
        part = { bytes: parts.lengthAt(offset), sentAt: performance.now() };
      },
      onAfterResponse: (request, response) => {
        const status = response.getStatus();
        // 412 is said anew, with its reason, when the upload is begun anew; an answer to HEAD has no words.
        const saysGone = [404, 410, 412].includes(status);
        if (request.getMethod() === 'HEAD' && status >= 300 && !saysGone) throw new PassingAnswer(status);
        if (status >= 300) return;
        if (part) pacing.arrived(part.bytes, performance.now() - part.sentAt);
        part = undefined;
        // The library cuts the next part by it.
        const offset = Number(response.getHeader('Upload-Offset') ?? 0);
        if (upload && offset < file.size) upload.options.chunkSize = parts.lengthAt(offset);
      },
      onProgress: (sentBytes) => {
        if (sentBytes < file.size) watch.moved();
        else watch.rest();
        events.onProgress(sentBytes, isBaseline);
        isBaseline = false;
      },
      onChunkComplete: () => (attempt = 0),
      onSuccess: () => resolve(),
      onError: (error) => void recover(error as DetailedError).catch(reject),
    });
    upload.start();
  }

  async function recover(error: DetailedError) {
    if (ending.signal.aborted) return;
    watch.rest();
    const response = error.originalResponse;
    const cause = error.causingError;
    const status = response?.getStatus() ?? (cause instanceof PassingAnswer ? cause.status : 0);
    const unreadable = status === 0 && (await explainUnreadable(file));
    if (unreadable) throw unreadable;
    await goOnAfter(status, response?.getBody());
  }

  async function goOnAfter(status: number, body = '') {
    const decision = decideRetry({ status, isOnline: navigator.onLine, attempt });
    if (decision.kind === 'give-up') throw readRefusal(status, body);
    if (decision.kind === 'after') attempt += 1;
    if (status === 0 && part) pacing.broke(part.bytes);
    part = undefined;
    parts.breakOff();
    events.onStalled();
    await waitForRetry(decision, ending.signal);
    if (ending.signal.aborted) return;
    isBaseline = true;
    upload?.start();
  }

  function end(keepsBytes: boolean) {
    ending.abort();
    resolve();
    return upload?.abort(!keepsBytes);
  }

  begin().catch(reject);
  return {
    done,
    cancel: async () => await end(false),
    pause: () => void end(true),
  };
}

type PartDigest = { end: number; digested: Promise<Digested>; isFromStart: boolean };

/**
 * Where each request's bytes end, and their digest, that of the next one made ready while a request is under way. For as
 * long as one follows the other from the start, each is of everything so far: the server then needs no second hash for
 * the whole file. What goes on in the middle says only what it brings, as neither side need have the rest at hand.
 */
class PartDigests {
  readonly #file: File;
  readonly #nextBytes: () => number;
  readonly #digest: Digest;
  #ready = new Map<number, PartDigest>();

  constructor(file: File, nextBytes: () => number, digest: Digest) {
    this.#file = file;
    this.#nextBytes = nextBytes;
    this.#digest = digest;
  }

  /** Bytes of the part that begins at `offset`. */
  lengthAt(offset: number): number {
    return this.#at(offset).end - offset;
  }

  /** As the header `Upload-Checksum` has it. */
  async checksumAt(offset: number): Promise<string> {
    const part = this.#at(offset);
    this.#ready = new Map([[offset, part]]);
    const { sha256, state } = await part.digested;
    if (part.end < this.#file.size) this.#prepare(part.end, part.isFromStart ? state : undefined);
    return `${part.isFromStart ? 'sha256-from-start' : 'sha256'} ${base64Of(sha256)}`;
  }

  /** The server may have forgotten what it knew of the bytes so far. */
  breakOff(): void {
    this.#ready.clear();
  }

  #at(offset: number): PartDigest {
    return this.#ready.get(offset) ?? this.#prepare(offset);
  }

  #prepare(offset: number, after?: HashState): PartDigest {
    const end = Math.min(offset + this.#nextBytes(), this.#file.size);
    const digested = this.#digest(this.#file.slice(offset, end), after);
    // Whoever waits for it hears of it.
    digested.catch(() => {});
    const part = { end, digested, isFromStart: offset === 0 || after !== undefined };
    this.#ready.set(offset, part);
    return part;
  }
}

function base64Of(hex: string): string {
  const bytes = hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes));
}

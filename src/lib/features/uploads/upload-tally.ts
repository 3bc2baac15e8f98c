import type { UploadItem, UploadState } from './upload-item.ts';

/** Whether the bytes of an item in this state belong to the work: what failed or was skipped does not. */
const countsBytes = {
  waiting: true,
  paused: true,
  uploading: true,
  asking: true,
  stored: true,
  skipped: false,
  failed: false,
};

/** Counts over all items, kept up to date item by item so that no number needs a walk over a hundred thousand. */
export class UploadTally {
  readonly counts: Record<UploadState, number> = {
    waiting: 0,
    paused: 0,
    uploading: 0,
    asking: 0,
    stored: 0,
    skipped: 0,
    failed: 0,
  };
  totalBytes = 0;
  sentBytes = 0;
  storedFiles = 0;
  stalled = 0;
  /** Failed, and worth another try. */
  retryable = 0;

  get unfinished(): number {
    return this.counts.waiting + this.counts.paused + this.counts.uploading + this.counts.asking;
  }

  add(item: UploadItem): void {
    this.#count(item, 1);
  }

  remove(item: UploadItem): void {
    this.#count(item, -1);
  }

  move(item: UploadItem, state: UploadState): void {
    this.#count(item, -1);
    item.state = state;
    item.isStalled = false;
    if (state !== 'uploading')
      item.sentBytes = state === 'stored' ? item.size : item.uploadUrl ? item.sentBytes : 0;
    this.#count(item, 1);
  }

  progress(item: UploadItem, sentBytes: number, isStalled = false): void {
    this.#count(item, -1);
    item.sentBytes = sentBytes;
    item.isStalled = isStalled;
    this.#count(item, 1);
  }

  #count(item: UploadItem, by: 1 | -1): void {
    this.counts[item.state] += by;
    if (item.isStalled) this.stalled += by;
    if (item.state === 'failed' && item.canRetry) this.retryable += by;
    if (item.state === 'stored' && item.kind === 'file') this.storedFiles += by;
    if (!countsBytes[item.state]) return;
    this.totalBytes += by * item.size;
    this.sentBytes += by * item.sentBytes;
  }
}

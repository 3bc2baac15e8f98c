import { browser } from '$app/environment';
import { captureDrop, readDrop, readFileList, type DroppedItem } from './drop-reader.ts';
import { StoredNews } from './stored-news.ts';
import { TransferRate, workOf } from './transfer-rate.ts';
import { uploadDoor } from './upload-door.ts';
import type { ConflictChoice, UploadBatch, UploadItem } from './upload-item.ts';
import { overviewOf, rankedItems } from './upload-overview.ts';
import { UploadRun } from './upload-run.ts';

/** Five pictures a second are lively; each costs one walk at most, however many files there are. */
const publishEveryMs = 200;

/**
 * The uploads of this page. `overview` and `rows` are pictures of a moment, replaced a few times a second; the items
 * themselves are not reactive.
 */
class UploadQueue {
  #bytes = new TransferRate();
  #work = new TransferRate();
  #news = new StoredNews();
  #reading = new Set<UploadBatch>();
  #run = new UploadRun(uploadDoor, {
    onChange: () => this.#publishSoon(),
    onBytes: (bytes) => {
      this.#bytes.add(bytes, performance.now());
      this.#work.add(bytes, performance.now());
    },
    onSettled: () => this.#work.add(workOf({ bytes: 0, files: 1 }), performance.now()),
    onStored: (folderUri) => this.#news.add(folderUri),
  });
  #timer: ReturnType<typeof setTimeout> | undefined;

  overview = $state.raw(this.#lookOver());
  /** All items in order of interest; kept only while `showsRows`. */
  rows = $state.raw<readonly UploadItem[]>([]);
  question = $state.raw<UploadItem>();
  #showsRows = false;
  #owner: string | undefined;

  /** Uploads files, or all of a chosen folder, into the folder `targetUri`. */
  addFiles(targetUri: string, files: FileList | readonly File[]): void {
    // Copied at once: resetting the chooser empties its list.
    void this.#read(targetUri, readFileList(Array.from(files)));
  }

  /** Uploads what was dropped. To be called inside the drop event. */
  addDrop(targetUri: string, transfer: DataTransfer): void {
    void this.#read(targetUri, readDrop(captureDrop(transfer)));
  }

  /** Calls back now and then with a folder that got something new, until the answer is called. */
  onStored(listener: (folderUri: string) => void): () => void {
    return this.#news.listen(listener);
  }

  /** Whether leaving the page would lose something. */
  get isBusy(): boolean {
    return this.#run.tally.unfinished > 0 || this.#reading.size > 0;
  }

  showRows(isShown: boolean): void {
    this.#showsRows = isShown;
    this.#publish();
  }

  answer(item: UploadItem, choice: Exclude<ConflictChoice, 'fail'>, forAll: boolean): void {
    this.#run.answer(item, choice, forAll);
    this.#publish();
  }

  retry(item: UploadItem): void {
    this.#run.retry([item]);
  }

  retryFailed(): void {
    this.#run.retry(this.#run.items);
  }

  cancel(item: UploadItem): void {
    this.#run.cancel([item]);
  }

  cancelAll(): void {
    for (const batch of this.#reading) batch.isCancelled = true;
    this.#reading.clear();
    this.#run.cancel([...this.#run.items].filter((item) => isUnfinished(item)));
    this.#run.halted = undefined;
    this.#publish();
  }

  /** Whoever signs in next at this browser does not inherit what someone else left. */
  belongTo(user: string): void {
    if (this.#owner !== undefined && this.#owner !== user) {
      this.cancelAll();
      this.dismiss();
    }
    this.#owner = user;
  }

  /** Empties the list of what is over. */
  dismiss(): void {
    this.#run.clear('stored', 'skipped', 'failed');
    this.#publish();
  }

  async #read(targetUri: string, dropped: AsyncIterable<DroppedItem>): Promise<void> {
    if (!this.isBusy) this.#begin();
    const batch: UploadBatch = { targetUri, onConflict: 'fail', isCancelled: false };
    this.#reading.add(batch);
    this.#publishSoon();
    for await (const item of dropped) {
      if (batch.isCancelled) break;
      this.#run.add(batch, item);
    }
    this.#reading.delete(batch);
    this.#publishSoon();
  }

  /** A new round counts from zero; what failed before stays in sight. */
  #begin(): void {
    this.#run.clear('stored', 'skipped');
    this.#bytes.reset();
    this.#work.reset();
  }

  #lookOver() {
    const now = browser ? performance.now() : 0;
    return overviewOf(
      this.#run.tally,
      { bytes: this.#bytes.perSecond(now), work: this.#work.perSecond(now) },
      { isReading: this.#reading.size > 0, halted: this.#run.halted },
    );
  }

  #publishSoon(): void {
    this.#timer ??= setTimeout(() => this.#publish(), publishEveryMs);
  }

  #publish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.overview = this.#lookOver();
    this.rows = this.#showsRows ? rankedItems(this.#run.items) : [];
    this.question = this.#run.asking.values().next().value;
  }
}

function isUnfinished({ state }: UploadItem): boolean {
  return state === 'waiting' || state === 'uploading' || state === 'asking';
}

export const uploads = new UploadQueue();

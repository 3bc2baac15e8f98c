import { browser } from '$app/environment';
import type { Upload } from '$contract/schemas.ts';
import { session } from '$lib/state/session.svelte.ts';
import { namedByTime } from './pasted-file.ts';
import { captureDrop, readDrop, readFileList, type DroppedItem } from './drop-reader.ts';
import { interruptedDrops } from './interrupted-drops.svelte.ts';
import { randomId } from './random-id.ts';
import { StoredNews, type StoredListener } from './stored-news.ts';
import { TransferRate, workOf } from './transfer-rate.ts';
import { unfinishedUploads } from './unfinished-uploads.svelte.ts';
import { uploadDoor } from './upload-door.ts';
import { createUploadBatch } from './upload-item.ts';
import type { ConflictAnswer, UploadBatch, UploadItem } from './upload-item.ts';
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
  /** Those of this round, for all of it to be taken back. */
  #batches: UploadBatch[] = [];
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
  /** The drop that asks, and what it asks about; the oldest first. */
  question = $state.raw<{ batch: UploadBatch; items: readonly UploadItem[] }>();
  /** How much room there was when this round began, where that is known. */
  #roomBytes = $state.raw<number>();
  /** How many bytes more than there is room for this round wants to store; 0 if none. */
  readonly excessBytes = $derived(
    this.#roomBytes === undefined ? 0 : Math.max(0, this.overview.totalBytes - this.#roomBytes),
  );
  #showsRows = false;
  #owner: string | undefined;

  /** Uploads files, or all of a chosen folder, into the folder `targetUri`. */
  addFiles(targetUri: string, files: FileList | readonly File[]): void {
    // Copied at once: resetting the chooser empties its list.
    const chosen = Array.from(files);
    const tops = new Set(chosen.map((file) => (file.webkitRelativePath || file.name).split('/')[0]!));
    const isFolder = Boolean(chosen[0]?.webkitRelativePath);
    void this.#read(targetUri, readFileList(chosen), [...tops], isFolder);
  }

  /** Uploads what was dropped. To be called inside the drop event. */
  addDrop(targetUri: string, transfer: DataTransfer): void {
    const captured = captureDrop(transfer);
    const isFolder = captured.length === 1 && 'isDirectory' in captured[0]! && captured[0].isDirectory;
    const names = captured.map(({ name }) => name);
    void this.#read(targetUri, readDrop(captured), names, isFolder);
  }

  /** Uploads what was pasted. To be called inside the paste event. */
  addPasted(targetUri: string, clipboard: DataTransfer): void {
    const pasted = captureDrop(clipboard).map((held) => (held instanceof Blob ? namedByTime(held) : held));
    void this.#read(
      targetUri,
      readDrop(pasted),
      pasted.map(({ name }) => name),
      false,
    );
  }

  /** Goes on with an upload that was begun elsewhere. False when that is another file. */
  addUnfinished(upload: Upload, file: File): boolean {
    if (file.size !== upload.size) return false;
    if (!this.isBusy) this.#begin();
    const batch = this.#open(upload.uri.slice(0, upload.uri.lastIndexOf('/')), upload.drop ?? randomId());
    const uploadUrl = unfinishedUploads.addressOf(upload);
    this.#run.add(batch, { kind: 'file', path: upload.name, file }, uploadUrl);
    this.#publishSoon();
    return true;
  }

  /** Calls back now and then with the folders that got something new, until the answer is called. */
  onStored(listener: StoredListener): () => void {
    return this.#news.listen(listener);
  }

  /** Whether leaving the page would lose something. */
  get isBusy(): boolean {
    return this.#run.tally.unfinished > 0 || this.#reading.size > 0;
  }

  /** What names this round on the server, for it to be undone. */
  get drops(): string[] {
    return this.#batches.map(({ id }) => id);
  }

  showRows(isShown: boolean): void {
    this.#showsRows = isShown;
    this.#publish();
  }

  answer(
    batch: UploadBatch,
    rule: ConflictAnswer,
    exceptions: ReadonlyMap<UploadItem, ConflictAnswer>,
  ): void {
    this.#run.answer(batch, rule, exceptions);
    this.#publish();
  }

  retry(item: UploadItem): void {
    this.#run.retry([item]);
  }

  retryFailed(): void {
    this.#run.retry(this.#run.items);
  }

  pause(item: UploadItem): void {
    this.#run.pause(item);
  }

  resume(item: UploadItem): void {
    this.#run.resume(item);
  }

  pauseAll(): void {
    this.#run.pauseAll();
    this.#publish();
  }

  /** Goes on after a pause, or after signing in again. */
  goOn(): void {
    for (const item of this.#run.items) if (item.state === 'paused') this.#run.resume(item);
    this.#run.goOn();
    this.#publish();
  }

  cancel(item: UploadItem): void {
    this.#run.cancel([item]);
  }

  cancelAll(): void {
    for (const batch of this.#reading) batch.isCancelled = true;
    this.#reading.clear();
    this.#run.cancel([...this.#run.items].filter((item) => isUnfinished(item)));
    this.#run.goOn();
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
    this.#batches = [];
    this.#publish();
  }

  /** All of this round was taken back: nothing of it is left to show. */
  tellUndone(): void {
    for (const { targetUri } of this.#batches) this.#news.add(targetUri);
    this.dismiss();
  }

  async #read(
    targetUri: string,
    dropped: AsyncIterable<DroppedItem>,
    names: readonly string[],
    isFolder: boolean,
  ): Promise<void> {
    if (!this.isBusy) this.#begin();
    this.#noteRoom(targetUri);
    const batch = this.#open(targetUri, randomId());
    void unfinishedUploads.refresh();
    interruptedDrops.begin(batch, session.current.user.name, names, isFolder);
    this.#reading.add(batch);
    this.#publishSoon();
    for await (const item of dropped) {
      await this.#run.room();
      if (batch.isCancelled) break;
      this.#run.add(batch, item);
    }
    this.#reading.delete(batch);
    this.#publishSoon();
  }

  #open(targetUri: string, id: string): UploadBatch {
    const batch = createUploadBatch(targetUri, id, session.rootOf(targetUri)?.maxFileBytes);
    this.#batches.push(batch);
    return batch;
  }

  /** What there is room for is noted before the first byte: later, what is under way has been promised its room. */
  #noteRoom(targetUri: string): void {
    if (this.isBusy) return;
    this.#roomBytes = session.rootOf(targetUri)?.availableBytes ?? undefined;
  }

  /** A new round counts from zero; what failed before stays in sight. */
  #begin(): void {
    this.#run.clear('stored', 'skipped');
    this.#batches = [];
    this.#bytes.reset();
    this.#work.reset();
  }

  #lookOver() {
    const now = browser ? performance.now() : 0;
    return overviewOf(
      this.#run.tally,
      { bytes: this.#bytes.perSecond(now), work: this.#work.perSecond(now) },
      { isReading: this.#reading.size > 0, isPaused: this.#run.isPaused, halted: this.#run.halted },
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
    const [first] = this.#run.asking;
    this.question = first && { batch: first.batch, items: inOrder(first.batch, this.#run.asking) };
    if (this.isBusy) interruptedDrops.renew();
    else interruptedDrops.end();
  }
}

function inOrder(asked: UploadBatch, asking: ReadonlySet<UploadItem>): UploadItem[] {
  return [...asking]
    .filter(({ batch }) => batch === asked)
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

function isUnfinished({ state }: UploadItem): boolean {
  return state !== 'stored' && state !== 'skipped' && state !== 'failed';
}

export const uploads = new UploadQueue();

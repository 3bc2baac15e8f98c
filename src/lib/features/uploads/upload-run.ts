import { DirectoryMaker } from './directory-maker.ts';
import type { DroppedItem } from './drop-reader.ts';
import { refusalOf, saysExists, stopsEverything } from './refusal-reader.ts';
import type { Transfer, TransferEvents, TransferJob } from './tus-transfer.ts';
import { createUploadItem } from './upload-item.ts';
import type {
  ConflictChoice,
  PathRules,
  Refusal,
  UploadBatch,
  UploadItem,
  UploadState,
} from './upload-item.ts';
import { UploadTally } from './upload-tally.ts';

export type UploadDoor = {
  rules: PathRules;
  makeDirectory: (uri: string) => Promise<void>;
  startTransfer: (job: TransferJob, events: TransferEvents) => Transfer;
};

export type UploadRunEvents = {
  /** Something may look different now. Called very often. */
  onChange: () => void;
  /** An entry appeared in this folder. */
  onStored: (folderUri: string) => void;
  /** One item is done with, whatever came of it. */
  onSettled: () => void;
  /** Bytes went over the wire just now. */
  onBytes: (bytes: number) => void;
};

const maxAtOnce = 3;

/** Carries items one after another to the server, three at a time. What fails or must ask does not hold up the rest. */
export class UploadRun {
  readonly tally = new UploadTally();
  readonly items = new Set<UploadItem>();
  /** Those whose name is taken and that wait for an answer. */
  readonly asking = new Set<UploadItem>();
  /** Why nothing further is begun, such as a full disk. */
  halted: Refusal | undefined;

  readonly #door: UploadDoor;
  readonly #events: UploadRunEvents;
  readonly #directories: DirectoryMaker;
  /** Those from `#next` on; what was begun is left behind it, as an array is slow to shift. */
  #waiting: UploadItem[] = [];
  #next = 0;
  #running = 0;

  constructor(door: UploadDoor, events: UploadRunEvents) {
    this.#door = door;
    this.#events = events;
    this.#directories = new DirectoryMaker(async (uri) => {
      try {
        await door.makeDirectory(uri);
      } catch (error) {
        // A file that has the folder's name is no question about the files inside.
        throw { ...refusalOf(error), reason: 'no_folder' };
      }
      events.onStored(uri.slice(0, uri.lastIndexOf('/')));
    });
  }

  add(batch: UploadBatch, dropped: DroppedItem): void {
    const item = createUploadItem(batch, dropped, this.#door.rules);
    this.items.add(item);
    this.tally.add(item);
    if (item.state === 'waiting') this.#waiting.push(item);
    this.#pump();
  }

  retry(items: Iterable<UploadItem>): void {
    this.halted = undefined;
    this.#directories.forget();
    for (const item of items) if (item.state === 'failed' && item.canRetry) this.#queue(item);
    this.#pump();
  }

  answer(item: UploadItem, choice: Exclude<ConflictChoice, 'fail'>, forAll: boolean): void {
    if (forAll) item.batch.onConflict = choice;
    const answered = forAll ? [...this.asking].filter((other) => other.batch === item.batch) : [item];
    for (const each of answered) {
      this.asking.delete(each);
      each.onConflict = choice;
      if (choice === 'skip') this.#move(each, 'skipped');
      else this.#queue(each);
    }
    this.#pump();
  }

  /** Takes items off the list; transfers under way are ended and the server is told. */
  cancel(items: Iterable<UploadItem>): void {
    for (const item of items) {
      this.#remove(item);
      item.cancel?.().catch(() => {
        // Out of reach: the server drops unfinished uploads by itself after a while.
      });
    }
    this.#pump();
  }

  /** Forgets what is over. */
  clear(...states: UploadState[]): void {
    for (const item of this.items) if (states.includes(item.state)) this.#remove(item);
    this.#events.onChange();
  }

  #remove(item: UploadItem): void {
    if (!this.items.delete(item)) return;
    this.asking.delete(item);
    this.tally.remove(item);
  }

  #queue(item: UploadItem): void {
    item.message = undefined;
    this.#move(item, 'waiting');
    this.#waiting.push(item);
  }

  #move(item: UploadItem, state: UploadState): void {
    if (this.items.has(item)) this.tally.move(item, state);
  }

  #pump(): void {
    while (this.#running < maxAtOnce && !this.halted) {
      const item = this.#nextWaiting();
      if (!item) break;
      this.#running += 1;
      this.#move(item, 'uploading');
      void this.#carry(item).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
    this.#events.onChange();
  }

  #nextWaiting(): UploadItem | undefined {
    while (this.#next < this.#waiting.length) {
      const item = this.#waiting[this.#next++]!;
      if (item.state === 'waiting' && this.items.has(item)) return item;
    }
    this.#waiting = [];
    this.#next = 0;
    return undefined;
  }

  async #carry(item: UploadItem): Promise<void> {
    try {
      await this.#directories.ensure(item.folderUri, item.batch.targetUri);
      if (!this.items.has(item)) return;
      if (item.file) await this.#transfer(item, item.file);
      else await this.#directories.ensure(item.uri, item.batch.targetUri);
      this.#move(item, 'stored');
      if (item.file && this.items.has(item)) this.#events.onStored(item.folderUri);
    } catch (error) {
      this.#refuse(item, refusalOf(error));
    } finally {
      item.cancel = undefined;
      this.#events.onSettled();
    }
  }

  async #transfer(item: UploadItem, file: File): Promise<void> {
    if (item.onConflict === 'fail') item.onConflict = item.batch.onConflict;
    const onConflict = item.onConflict === 'skip' ? 'fail' : item.onConflict;
    const transfer = this.#door.startTransfer(
      { file, uri: item.uri, onConflict },
      {
        onProgress: (sentBytes, isBaseline) => {
          if (!this.items.has(item)) return;
          if (!isBaseline) this.#events.onBytes(Math.max(0, sentBytes - item.sentBytes));
          this.tally.progress(item, sentBytes);
          this.#events.onChange();
        },
        onStalled: () => {
          if (!this.items.has(item)) return;
          this.tally.progress(item, item.sentBytes, true);
          this.#events.onChange();
        },
      },
    );
    item.cancel = transfer.cancel;
    await transfer.done;
  }

  #refuse(item: UploadItem, refusal: Refusal): void {
    if (!this.items.has(item)) return;
    if (saysExists(refusal) && this.#meetConflict(item)) return;
    item.message = refusal.message;
    this.#move(item, 'failed');
    if (stopsEverything(refusal)) this.halted = refusal;
  }

  /** False where the answer has been given already and was of no use, as when a folder has the name. */
  #meetConflict(item: UploadItem): boolean {
    const isOpen = item.onConflict === 'fail';
    const answer = isOpen ? item.batch.onConflict : item.onConflict;
    if (answer === 'skip') this.#move(item, 'skipped');
    else if (!isOpen) return false;
    else if (answer !== 'fail') this.#queue(item);
    else {
      this.#move(item, 'asking');
      this.asking.add(item);
    }
    return true;
  }
}

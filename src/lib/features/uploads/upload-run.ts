import type { BulkEvents } from './bulk-transfer.ts';
import { DirectoryMaker } from './directory-maker.ts';
import type { DroppedItem } from './drop-reader.ts';
import { refusalOf, saysExists, stopsEverything } from './refusal-reader.ts';
import type { Transfer, TransferEvents, TransferJob } from './tus-transfer.ts';
import { createUploadItem, onConflictOf } from './upload-item.ts';
import type {
  ConflictChoice,
  PathRules,
  Refusal,
  UploadBatch,
  UploadItem,
  UploadState,
} from './upload-item.ts';
import { UploadTally } from './upload-tally.ts';
import { isSmall, WaitingLine } from './waiting-line.ts';

export type UploadDoor = {
  rules: PathRules;
  makeDirectory: (uri: string) => Promise<void>;
  startTransfer: (job: TransferJob, events: TransferEvents) => Transfer;
  /** Small files of one batch, under one rule, in one request. */
  startBulkTransfer: (items: readonly UploadItem[], events: BulkEvents) => Transfer;
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

/** Carries items to the server, three requests at a time: small files together, others by themselves. What fails or must ask does not hold up the rest. */
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
  readonly #line = new WaitingLine((item) => item.state === 'waiting' && this.items.has(item));
  #running = 0;

  constructor(door: UploadDoor, events: UploadRunEvents) {
    this.#door = door;
    this.#events = events;
    this.#directories = new DirectoryMaker(async (uri) => {
      await door.makeDirectory(uri);
      events.onStored(uri.slice(0, uri.lastIndexOf('/')));
    });
  }

  add(batch: UploadBatch, dropped: DroppedItem): void {
    const item = createUploadItem(batch, dropped, this.#door.rules);
    this.items.add(item);
    this.tally.add(item);
    if (item.state === 'waiting') this.#line.push(item);
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
    this.#line.push(item);
  }

  #move(item: UploadItem, state: UploadState): void {
    if (this.items.has(item)) this.tally.move(item, state);
  }

  #pump(): void {
    while (this.#running < maxAtOnce && !this.halted) {
      const load = this.#line.take();
      if (!load[0]) break;
      this.#running += 1;
      for (const item of load) {
        this.#move(item, 'uploading');
        if (item.onConflict === 'fail') item.onConflict = item.batch.onConflict;
      }
      const carried = isSmall(load[0]) ? this.#carryTogether(load) : this.#carry(load[0]);
      void carried.finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
    this.#events.onChange();
  }

  async #carry(item: UploadItem): Promise<void> {
    try {
      await this.#directories.ensure(item.folderUri, item.batch.targetUri);
      if (!this.items.has(item)) return;
      if (item.file) await this.#transfer(item, item.file);
      else await this.#directories.ensure(item.uri, item.batch.targetUri);
      this.#settle(item);
    } catch (error) {
      this.#settle(item, refusalOf(error));
    }
  }

  async #transfer(item: UploadItem, file: File): Promise<void> {
    const transfer = this.#door.startTransfer(
      { file, uri: item.uri, onConflict: onConflictOf(item) },
      {
        onProgress: (sentBytes, isBaseline) => this.#progress(item, sentBytes, isBaseline),
        onStalled: () => this.#stall(item),
      },
    );
    item.cancel = transfer.cancel;
    await transfer.done;
  }

  async #carryTogether(load: readonly UploadItem[]): Promise<void> {
    const underWay = () => load.filter((item) => item.state === 'uploading' && this.items.has(item));
    const transfer = this.#door.startBulkTransfer(load, {
      onProgress: (item, sentBytes, isBaseline) => this.#progress(item, sentBytes, isBaseline),
      onStalled: () => underWay().forEach((item) => this.#stall(item)),
      onSettled: (item, refusal) => this.#settle(item, refusal),
    });
    for (const item of load) item.cancel = transfer.cancel;
    try {
      await transfer.done;
      // One was cancelled and took the request along; the others go again.
      for (const item of underWay()) this.#queue(item);
    } catch (error) {
      const refusal = refusalOf(error);
      for (const item of underWay()) this.#settle(item, refusal);
    }
  }

  #progress(item: UploadItem, sentBytes: number, isBaseline: boolean): void {
    if (!this.items.has(item)) return;
    if (!isBaseline) this.#events.onBytes(Math.max(0, sentBytes - item.sentBytes));
    this.tally.progress(item, sentBytes);
    this.#events.onChange();
  }

  #stall(item: UploadItem): void {
    if (!this.items.has(item)) return;
    this.tally.progress(item, item.sentBytes, true);
    this.#events.onChange();
  }

  #settle(item: UploadItem, refusal?: Refusal): void {
    item.cancel = undefined;
    this.#events.onSettled();
    if (!this.items.has(item)) return;
    if (refusal) this.#refuse(item, refusal);
    else {
      this.#move(item, 'stored');
      this.#tellOfStored(item);
    }
    this.#events.onChange();
  }

  #tellOfStored({ file, folderUri, batch }: UploadItem): void {
    if (!file) return;
    for (const folder of this.#directories.learn(folderUri, batch.targetUri)) {
      this.#events.onStored(folder.slice(0, folder.lastIndexOf('/')));
    }
    this.#events.onStored(folderUri);
  }

  #refuse(item: UploadItem, refusal: Refusal): void {
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

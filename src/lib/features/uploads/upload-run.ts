import type { BulkEvents } from './bulk-transfer.ts';
import { ConflictDesk, type ConflictDoor } from './conflict-desk.ts';
import { DirectoryMaker } from './directory-maker.ts';
import type { DroppedItem } from './drop-reader.ts';
import { refusalOf, saysExists, saysSignedOut, stopsEverything } from './refusal-reader.ts';
import { persist } from './retry-wait.ts';
import type { TransferEvents } from './tus-transfer.ts';
import { createUploadItem } from './upload-item.ts';
import type {
  ConflictAnswer,
  PathRules,
  Refusal,
  Transfer,
  UploadBatch,
  UploadItem,
  UploadState,
} from './upload-item.ts';
import { UploadTally } from './upload-tally.ts';
import { isSmall, WaitingLine } from './waiting-line.ts';

export type UploadDoor = ConflictDoor & {
  rules: PathRules;
  makeDirectory: (uri: string, batch: UploadBatch) => Promise<void>;
  startTransfer: (item: UploadItem, uri: string, events: TransferEvents) => Promise<Transfer>;
  /** Small files of one batch in one request. */
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
/** Full loads of small files that are read and hashed meanwhile, so that the server need not wait for them. */
const maxAhead = 2;
/** Files that are read from a drop before they can be sent: enough to tell how long it takes, few enough to hold. */
const maxReadAhead = 10_000;

/** Carries items to the server, a few requests at a time: small files together, others by themselves. What fails or must ask does not hold up the rest. */
export class UploadRun {
  readonly tally = new UploadTally();
  readonly items = new Set<UploadItem>();
  /** Why nothing further is begun, such as a full disk. */
  halted: Refusal | undefined;

  readonly #door: UploadDoor;
  readonly #events: UploadRunEvents;
  readonly #directories = new Map<UploadBatch, DirectoryMaker>();
  readonly #desk: ConflictDesk;
  readonly #line = new WaitingLine((item) => item.state === 'waiting' && this.items.has(item));
  #isPaused = false;
  #running = 0;
  /** Those who wait until there is less to do. */
  #waitingForRoom: (() => void)[] = [];

  constructor(door: UploadDoor, events: UploadRunEvents) {
    this.#door = door;
    this.#events = events;
    this.#desk = new ConflictDesk(door, {
      ask: (item) => this.#move(item, 'asking'),
      queue: (item) => this.#queue(item),
      store: (item) => this.#settle(item),
      skip: (item, words) => this.#end(item, 'skipped', words),
      fail: (item, words) => this.#end(item, 'failed', words),
    });
  }

  /** Those whose name is taken and that wait for an answer. */
  get asking(): ReadonlySet<UploadItem> {
    return this.#desk.asking;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  add(batch: UploadBatch, dropped: DroppedItem, uploadUrl?: string): void {
    const item = createUploadItem(batch, dropped, this.#door.rules);
    item.uploadUrl = uploadUrl;
    batch.total += 1;
    this.items.add(item);
    this.tally.add(item);
    if (item.state === 'waiting') this.#line.push(item);
    this.#pump();
  }

  /** Resolves when so little waits that reading further is worth it. */
  room(): Promise<void> {
    if (this.tally.counts.waiting < maxReadAhead) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForRoom.push(resolve));
  }

  /** Where the item will be. Only for names that the server takes. */
  uriOf({ batch, path }: UploadItem): string {
    return `${batch.targetUri}/${this.#door.rules.encodePath(path)}`;
  }

  retry(items: Iterable<UploadItem>): void {
    this.#directories.clear();
    for (const item of items) {
      if (item.state !== 'failed' || !item.canRetry) continue;
      item.wasRefused = false;
      this.#queue(item);
    }
    this.goOn();
  }

  /** Begins again after a halt or a pause of everything. */
  goOn(): void {
    this.halted = undefined;
    this.#isPaused = false;
    this.#pump();
  }

  /** Begins nothing further, and ends what is under way so that it can go on from there. */
  pauseAll(): void {
    this.#isPaused = true;
    for (const item of this.#underWay()) this.#interrupt(item, 'waiting');
    this.#events.onChange();
  }

  pause(item: UploadItem): void {
    if (item.state === 'waiting') this.#move(item, 'paused');
    else if (item.state === 'uploading') this.#interrupt(item, 'paused');
    this.#events.onChange();
  }

  resume(item: UploadItem): void {
    if (item.state === 'paused') this.#queue(item);
    this.#pump();
  }

  answer(
    batch: UploadBatch,
    rule: ConflictAnswer,
    exceptions?: ReadonlyMap<UploadItem, ConflictAnswer>,
  ): void {
    this.#desk.answer(batch, rule, exceptions);
    this.#pump();
  }

  /** Takes items off the list; transfers under way are ended and the server is told. */
  cancel(items: Iterable<UploadItem>): void {
    for (const item of items) {
      this.#remove(item);
      item.transfer?.cancel().catch(() => {
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
    this.#desk.asking.delete(item);
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

  #end(item: UploadItem, state: 'skipped' | 'failed', words: string): void {
    item.message = words;
    if (state === 'skipped') item.batch.done += 1;
    this.#move(item, state);
  }

  #underWay(): UploadItem[] {
    return [...this.items].filter((item) => item.state === 'uploading');
  }

  /** Those that travel with it are queued again by whoever carries them. */
  #interrupt(item: UploadItem, state: 'waiting' | 'paused'): void {
    const { transfer } = item;
    if (state === 'waiting') this.#queue(item);
    else this.#move(item, 'paused');
    item.transfer = undefined;
    transfer?.pause();
  }

  #pump(): void {
    while (this.#running < maxAtOnce + maxAhead && !this.halted && !this.#isPaused) {
      const load = this.#running < maxAtOnce ? this.#line.take() : this.#line.takeFull();
      if (load.length === 0) break;
      this.#running += 1;
      for (const item of load) this.#move(item, 'uploading');
      void this.#carry(load).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
    if (this.tally.counts.waiting < maxReadAhead) for (const go of this.#waitingForRoom.splice(0)) go();
    this.#events.onChange();
  }

  async #carry(load: readonly UploadItem[]): Promise<void> {
    try {
      const isFolder = load[0]!.kind === 'directory';
      const free = isFolder ? load : await this.#reach(load, () => this.#desk.sift(load));
      const still = free.filter((item) => this.#isUnderWay(item));
      if (!still[0]) return;
      if (isSmall(still[0])) await this.#carryTogether(still);
      else await this.#carryAlone(still[0]);
    } catch (error) {
      const refusal = refusalOf(error);
      for (const item of load) if (this.#isUnderWay(item) && !item.transfer) this.#settle(item, refusal);
    }
    this.#events.onChange();
  }

  /** Asks again for as long as the connection is away. */
  #reach<T>(items: readonly UploadItem[], ask: () => Promise<T>): Promise<T> {
    const underWay = () => items.filter((item) => this.#isUnderWay(item));
    return persist(ask, {
      onStalled: () => underWay().forEach((item) => this.#stall(item)),
      onReached: () => underWay().forEach((item) => this.tally.progress(item, item.sentBytes)),
      isWanted: () => underWay().length > 0,
    });
  }

  #isUnderWay(item: UploadItem): boolean {
    return item.state === 'uploading' && this.items.has(item);
  }

  async #carryAlone(item: UploadItem): Promise<void> {
    const uri = this.uriOf(item);
    const folderUri = uri.slice(0, uri.lastIndexOf('/'));
    const directories = this.#directoriesOf(item.batch);
    const needed = item.kind === 'directory' ? uri : folderUri;
    await this.#reach([item], () => directories.ensure(needed, item.batch.targetUri));
    if (!this.#isUnderWay(item)) return;
    if (item.kind === 'directory') this.#settle(item);
    else await this.#transfer(item, uri);
  }

  async #transfer(item: UploadItem, uri: string): Promise<void> {
    const transfer = await this.#door.startTransfer(item, uri, {
      onProgress: (sentBytes, isBaseline) => this.#progress(item, sentBytes, isBaseline),
      onStalled: () => this.#stall(item),
      onBegun: (uploadUrl) => (item.uploadUrl = uploadUrl),
    });
    if (!this.#isUnderWay(item)) {
      if (this.items.has(item)) transfer.pause();
      else await transfer.cancel();
      return;
    }
    item.transfer = transfer;
    try {
      await transfer.done;
      // Otherwise it was paused, and perhaps goes on already.
      if (item.transfer === transfer) this.#settle(item);
    } catch (error) {
      if (item.transfer === transfer) this.#settle(item, refusalOf(error));
    }
  }

  async #carryTogether(load: readonly UploadItem[]): Promise<void> {
    const transfer: Transfer = this.#door.startBulkTransfer(load, {
      onProgress: (item, sentBytes, isBaseline) => this.#progress(item, sentBytes, isBaseline),
      onStalled: () => travelling().forEach((item) => this.#stall(item)),
      onSettled: (item, refusal) => this.#settle(item, refusal),
    });
    const travelling = () => load.filter((item) => item.transfer === transfer && this.#isUnderWay(item));
    for (const item of load) item.transfer = transfer;
    try {
      await transfer.done;
      // One was taken out and took the request along; the others go again.
      for (const item of travelling()) this.#queue(item);
    } catch (error) {
      const refusal = refusalOf(error);
      for (const item of travelling()) this.#settle(item, refusal);
    }
  }

  #progress(item: UploadItem, sentBytes: number, isBaseline: boolean): void {
    if (!this.#isUnderWay(item)) return;
    if (!isBaseline) this.#events.onBytes(Math.max(0, sentBytes - item.sentBytes));
    this.tally.progress(item, sentBytes);
    this.#events.onChange();
  }

  #stall(item: UploadItem): void {
    if (!this.#isUnderWay(item)) return;
    this.tally.progress(item, item.sentBytes, true);
    this.#events.onChange();
  }

  #settle(item: UploadItem, refusal?: Refusal): void {
    item.transfer = undefined;
    this.#events.onSettled();
    if (!this.items.has(item)) return;
    if (refusal) this.#refuse(item, refusal);
    else {
      this.#move(item, 'stored');
      item.batch.done += 1;
      item.file = undefined;
      item.existing = undefined;
      this.#tellOfStored(item);
    }
    this.#events.onChange();
  }

  #tellOfStored(item: UploadItem): void {
    if (item.kind === 'directory') return;
    const uri = this.uriOf(item);
    const folderUri = uri.slice(0, uri.lastIndexOf('/'));
    for (const folder of this.#directoriesOf(item.batch).learn(folderUri, item.batch.targetUri)) {
      this.#events.onStored(folder.slice(0, folder.lastIndexOf('/')));
    }
    this.#events.onStored(folderUri);
  }

  #directoriesOf(batch: UploadBatch): DirectoryMaker {
    let directories = this.#directories.get(batch);
    if (!directories) {
      directories = new DirectoryMaker(async (uri) => {
        await this.#door.makeDirectory(uri, batch);
        this.#events.onStored(uri.slice(0, uri.lastIndexOf('/')));
      });
      this.#directories.set(batch, directories);
    }
    return directories;
  }

  #refuse(item: UploadItem, refusal: Refusal): void {
    if (saysSignedOut(refusal)) {
      this.halted = refusal;
      this.#queue(item);
    } else if (saysExists(refusal) && !item.wasRefused) {
      // Someone else was quicker: what is there now is looked at, and asked about.
      item.wasRefused = true;
      item.decided = undefined;
      this.#queue(item);
    } else {
      this.#end(item, 'failed', refusal.message);
      if (stopsEverything(refusal)) this.halted = refusal;
    }
  }
}

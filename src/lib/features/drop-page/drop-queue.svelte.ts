import type { LinkAddress } from '../link-page/link-address.ts';
import { captureDrop, readDrop, readFileList, type DroppedItem } from '../uploads/drop-reader.ts';
import { randomId } from '../uploads/random-id.ts';
import { StoredNews } from '../uploads/stored-news.ts';
import { createUploadBatch, type UploadItem } from '../uploads/upload-item.ts';
import { rankedItems } from '../uploads/upload-overview.ts';
import { UploadRun } from '../uploads/upload-run.ts';
import { dropDoor } from './drop-door.ts';

const publishEveryMs = 200;

/** How much of what was chosen is done; numbers of one moment. */
export type DropProgress = {
  total: number;
  stored: number;
  failed: number;
  sentBytes: number;
  totalBytes: number;
};

/** What a visitor sends by a link. The items are not reactive; `rows` and `progress` are pictures of a moment. */
export class DropQueue {
  sender = $state('');
  rows = $state.raw<readonly UploadItem[]>([]);
  progress = $state.raw<DropProgress>({ total: 0, stored: 0, failed: 0, sentBytes: 0, totalBytes: 0 });
  readonly #run: UploadRun;
  readonly #news = new StoredNews();
  #reading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: LinkAddress, chunkBytes: number) {
    this.#run = new UploadRun(dropDoor({ address, chunkBytes, sender: () => this.sender.trim() }), {
      onChange: () => (this.#timer ??= setTimeout(() => this.#publish(), publishEveryMs)),
      onBytes: () => {},
      onSettled: () => {},
      onStored: (folder) => this.#news.add(folder),
    });
  }

  get isBusy(): boolean {
    return this.#run.tally.unfinished > 0 || this.#reading > 0;
  }

  /** Calls back now and then when something has arrived, until the answer is called. */
  onStored(listener: () => void): () => void {
    return this.#news.listen(listener);
  }

  addFiles(files: FileList): void {
    // Copied at once: resetting the chooser empties its list.
    void this.#read(readFileList(Array.from(files)));
  }

  /** To be called inside the drop event. */
  addDrop(transfer: DataTransfer): void {
    void this.#read(readDrop(captureDrop(transfer)));
  }

  retry(item: UploadItem): void {
    this.#run.retry([item]);
  }

  pause(item: UploadItem): void {
    this.#run.pause(item);
  }

  resume(item: UploadItem): void {
    this.#run.resume(item);
  }

  cancel(item: UploadItem): void {
    this.#run.cancel([item]);
  }

  async #read(dropped: AsyncIterable<DroppedItem>): Promise<void> {
    if (!this.isBusy) this.#run.clear('stored', 'skipped');
    const batch = createUploadBatch('link', randomId());
    this.#reading += 1;
    for await (const item of dropped) {
      await this.#run.room();
      this.#run.add(batch, item.kind === 'directory' ? emptyFolder(item.path) : item);
    }
    this.#reading -= 1;
    this.#publish();
  }

  #publish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { counts, unfinished, sentBytes, totalBytes } = this.#run.tally;
    const { stored, failed } = counts;
    this.progress = { total: unfinished + stored + failed, stored, failed, sentBytes, totalBytes };
    this.rows = rankedItems(this.#run.items).filter(({ state }) => state !== 'stored');
  }
}

function emptyFolder(path: string): DroppedItem {
  return { kind: 'failed', path, message: 'An empty folder: there is nothing in it to send.' };
}

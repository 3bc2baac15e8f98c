import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EntryPath } from '../../server/contract/path.ts';
import { downloadFile, type LocalDownload } from './local-download.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll, TransferPool } from './transfer-pool.ts';
import type { Carrier, TreeEntry } from './tree.ts';

/** Above this size a file has several requests of its own. */
const smallBytes = 1024 * 1024;
const smallAtOnce = 16;
const largeAtOnce = 3;

/** From the storage to this machine: many small files at once, few large ones in several parts each. */
export class DownloadCarrier implements Carrier {
  readonly #root: string;
  readonly #isFile: boolean;
  readonly #context: TransferContext;
  readonly #small: TransferPool;
  readonly #large: TransferPool;
  readonly #folders = new Map<string, Promise<unknown>>();

  /** `root` is where the top of the tree goes; `isFile` when that is itself a file, whose folder must exist. */
  constructor(root: string, isFile: boolean, context: TransferContext) {
    this.#root = root;
    this.#isFile = isFile;
    this.#context = context;
    this.#small = new TransferPool(smallAtOnce, context.abort);
    this.#large = new TransferPool(largeAtOnce, context.abort);
  }

  async prepare(): Promise<void> {
    if (!this.#isFile) await this.#requireDirectory(this.#root);
  }

  async carry({ relative, origin, size, modifiedAt, etag = '' }: TreeEntry): Promise<void> {
    const target = relative === '' ? this.#root : join(this.#root, relative);
    const download: LocalDownload = { origin: origin as EntryPath, target, size, modifiedAt, etag };
    await (size > smallBytes ? this.#large : this.#small).run(() => this.#download(download));
  }

  async makeDirectory({ relative }: TreeEntry): Promise<void> {
    await this.#requireDirectory(join(this.#root, relative));
  }

  async finish(): Promise<void> {
    const results = await Promise.allSettled([this.#small.drain(), this.#large.drain()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #download(download: LocalDownload): Promise<void> {
    const { tally, abort } = this.#context;
    const flight = tally.begin(download.origin, download.size);
    try {
      if (!this.#isFile) await this.#requireDirectory(dirname(download.target));
      await downloadFile(download, flight, this.#context);
      tally.end(flight);
      tally.copied(download.origin, download.size);
    } catch (error) {
      if (endsAll(error) || abort.signal.aborted) throw error;
      tally.failed(download.origin, error);
    } finally {
      tally.end(flight);
    }
  }

  #requireDirectory(path: string): Promise<unknown> {
    let made = this.#folders.get(path);
    if (!made) {
      made = mkdir(path, { recursive: true });
      this.#folders.set(path, made);
    }
    return made;
  }
}

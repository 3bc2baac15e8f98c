import { constants } from 'node:fs';
import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../server/contract/app-error.ts';
import { encodePath, type EntryPath } from '../../server/contract/path.ts';
import { downloadTogether } from './bulk-download.ts';
import { printContent } from './content-print.ts';
import { carryAlone } from './file-carriage.ts';
import { downloadFile } from './file-download.ts';
import type { LocalDownload } from './local-download.ts';
import { findLocal } from './target-trees.ts';
import type { TransferContext } from './transfer-context.ts';
import { drainAll, endsAll, TransferPool } from './transfer-pool.ts';
import type { Carrier, TreeEntry } from './tree.ts';

/** Up to this size, files travel together. */
const smallBytes = 1024 * 1024;
const batchBytes = 8 * 1024 * 1024;
/** The address of a batch names all its files; servers and proxies commonly take 8 KB of address. */
const batchAddressLength = 7000;
const addressLengthOf = (path: string) => encodeURIComponent(encodePath(path)).length + 40;
const batchesAtOnce = 4;
const largeAtOnce = 3;

/** From the storage to this machine: small files in batches, large ones each by itself, resumably. */
export class DownloadCarrier implements Carrier {
  readonly #root: string;
  readonly #isFile: boolean;
  readonly #context: TransferContext;
  readonly #batches: TransferPool;
  readonly #large: TransferPool;
  readonly #folders = new Map<string, Promise<void>>();
  #batch: LocalDownload[] = [];
  #batchBytes = 0;
  #batchAddressLength = 0;

  /** `root` is where the top of the tree goes; `isFile` when that is itself a file, whose folder must exist. */
  constructor(root: string, isFile: boolean, context: TransferContext) {
    this.#root = resolve(root);
    this.#isFile = isFile;
    this.#context = context;
    this.#batches = new TransferPool(batchesAtOnce, context.abort);
    this.#large = new TransferPool(largeAtOnce, context.abort);
  }

  async prepare(): Promise<void> {
    if (!this.#isFile) await this.#requireDirectory(this.#root);
  }

  async carry({ relative, origin, label, size, modifiedAt, etag = '', replaces }: TreeEntry): Promise<void> {
    const place = relative === '' ? this.#root : join(this.#root, relative);
    // What a link leads to is written, not the link.
    const target = replaces ? await realpath(place) : place;
    const permissions = replaces?.permissions;
    const download: LocalDownload = {
      origin: origin as EntryPath,
      label,
      target,
      size,
      modifiedAt,
      etag,
      permissions,
    };
    if (replaces?.isStream) return this.#large.run(() => this.#downloadInto(download));
    if (size > smallBytes) return this.#large.run(() => this.#download(download));
    const length = addressLengthOf(origin);
    if (this.#batchAddressLength + length > batchAddressLength) await this.#sendBatch();
    this.#batch.push(download);
    this.#batchBytes += size;
    this.#batchAddressLength += length;
    if (this.#batchBytes >= batchBytes) await this.#sendBatch();
  }

  async makeDirectory({ relative }: TreeEntry): Promise<void> {
    await this.#requireDirectory(join(this.#root, relative));
  }

  async finish(): Promise<void> {
    if (!this.#context.abort.signal.aborted) await this.#sendBatch();
    await drainAll(this.#batches, this.#large);
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#batch;
    [this.#batch, this.#batchBytes, this.#batchAddressLength] = [[], 0, 0];
    if (batch.length === 0) return;
    await this.#batches.run(async () => {
      const ready: LocalDownload[] = [];
      for (const download of batch) {
        try {
          await this.#requireDirectoryOf(download);
          ready.push(download);
        } catch (error) {
          if (endsAll(error)) throw error;
          this.#context.tally.failed(download.label, error);
        }
      }
      await downloadTogether(ready, this.#context);
    });
  }

  async #download(download: LocalDownload): Promise<void> {
    await carryAlone(download, this.#context, async (flight) => {
      await this.#requireDirectoryOf(download);
      await downloadFile(download, flight, this.#context);
    });
  }

  /** A pipe or a device takes the bytes, and stays what it is. */
  async #downloadInto(download: LocalDownload): Promise<void> {
    const { api } = this.#context;
    await carryAlone(download, this.#context, async (flight) => {
      await using file = await open(download.target, constants.O_WRONLY);
      await printContent(api, { path: download.origin, typed: download.label }, async (bytes) => {
        await file.appendFile(bytes);
        flight.moved += bytes.length;
      });
    });
  }

  async #requireDirectoryOf({ target, permissions }: LocalDownload): Promise<void> {
    // What is replaced lies in its folder, which may be anywhere when a link led there.
    if (!this.#isFile && !permissions) await this.#requireDirectory(dirname(target));
  }

  /** Makes a folder below the root, and the root, with those in between; each once. */
  #requireDirectory(path: string): Promise<void> {
    let made = this.#folders.get(path);
    if (!made) {
      made = this.#makeDirectory(path);
      this.#folders.set(path, made);
    }
    return made;
  }

  /** One at a time: asked to make those above as well, Node tries for ever where none can be made, as in /proc. */
  async #makeDirectory(path: string): Promise<void> {
    if (path !== this.#root) await this.#requireDirectory(dirname(path));
    try {
      await mkdir(path);
    } catch (error) {
      if ((await findLocal(path))?.kind === 'directory') return;
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOENT' ? new AppError('conflict', `${path}: No folder can be made here.`) : error;
    }
  }
}

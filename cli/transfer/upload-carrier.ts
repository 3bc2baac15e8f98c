import { AppError } from '../../server/contract/app-error.ts';
import { parentOf, resolvePath, type EntryPath } from '../../server/contract/path.ts';
import { uploadTogether } from './bulk-upload.ts';
import { carryAlone } from './file-carriage.ts';
import type { LocalUpload } from './local-upload.ts';
import { uploadResumably } from './resumable-upload.ts';
import type { TransferContext } from './transfer-context.ts';
import { drainAll, TransferPool } from './transfer-pool.ts';
import type { Carrier, TreeEntry } from './tree.ts';

/** Up to this size, files travel together; the server takes 1,000 files and 64 MiB a request. */
const smallBytes = 1024 * 1024;
const batchFiles = 250;
const batchBytes = 8 * 1024 * 1024;
const batchesAtOnce = 3;
const largeAtOnce = 3;

/** From this machine into the storage: small files in batches, large ones each by itself, resumably. */
export class UploadCarrier implements Carrier {
  readonly #root: EntryPath;
  /** The folder that batches are sent to. */
  readonly #folder: EntryPath;
  readonly #context: TransferContext;
  readonly #batches: TransferPool;
  readonly #large: TransferPool;
  readonly #folders = new Map<EntryPath, Promise<void>>();
  #batch: LocalUpload[] = [];
  #batchBytes = 0;

  /** `root` is where the top of the tree goes; `isFile` when that is itself a file. */
  constructor(root: EntryPath, isFile: boolean, context: TransferContext) {
    this.#root = root;
    this.#folder = isFile ? requireFolder(root) : root;
    this.#context = context;
    this.#batches = new TransferPool(batchesAtOnce, context.abort);
    this.#large = new TransferPool(largeAtOnce, context.abort);
  }

  async prepare(): Promise<void> {
    if (this.#folder === this.#root) await this.#requireDirectory(this.#root);
  }

  async carry({ relative, origin, size, modifiedAt }: TreeEntry): Promise<void> {
    const target = resolvePath(this.#root, relative);
    const upload: LocalUpload = { origin, target, size, modifiedAt };
    if (size > smallBytes) return this.#large.run(() => this.#uploadLarge(upload));
    this.#batch.push(upload);
    this.#batchBytes += size;
    if (this.#batch.length >= batchFiles || this.#batchBytes >= batchBytes) await this.#sendBatch();
  }

  async makeDirectory({ relative }: TreeEntry): Promise<void> {
    await this.#requireDirectory(resolvePath(this.#root, relative));
  }

  async finish(): Promise<void> {
    if (!this.#context.abort.signal.aborted) await this.#sendBatch();
    await drainAll(this.#batches, this.#large);
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (batch.length === 0) return;
    await this.#batches.run(() => uploadTogether(this.#folder, batch, this.#context));
  }

  async #uploadLarge(upload: LocalUpload): Promise<void> {
    await carryAlone({ label: upload.origin, size: upload.size }, this.#context, async (flight) => {
      if (upload.target !== this.#root) await this.#requireDirectory(requireFolder(upload.target));
      await uploadResumably(upload, flight, this.#context);
    });
  }

  /** Makes a folder below the root, and the root, with those in between; each once. */
  #requireDirectory(path: EntryPath): Promise<void> {
    let made = this.#folders.get(path);
    if (!made) {
      made = this.#makeDirectory(path);
      this.#folders.set(path, made);
    }
    return made;
  }

  async #makeDirectory(path: EntryPath): Promise<void> {
    const parent = parentOf(path);
    if (!parent) return;
    if (path !== this.#root) await this.#requireDirectory(parent);
    await this.#context.api.makeDirectory(path);
  }
}

function requireFolder(path: EntryPath): EntryPath {
  const parent = parentOf(path);
  if (!parent) throw new AppError('invalid', 'A file cannot lie beside the roots. Name a folder in one.');
  return parent;
}

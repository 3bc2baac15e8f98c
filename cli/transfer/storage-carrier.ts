import { AppError } from '../../server/contract/app-error.ts';
import { parentOf, resolvePath, type EntryPath } from '../../server/contract/path.ts';
import { formatUri } from '../../server/contract/uri.ts';
import type { TransferContext } from './transfer-context.ts';
import { endsAll } from './transfer-pool.ts';
import { splitRelative, type Carrier, type TreeEntry } from './tree.ts';

const batchFiles = 500;

/** Within the storage: the server copies; what travels is who goes where, one request for the files of a folder. */
export class StorageCarrier implements Carrier {
  readonly #root: EntryPath;
  readonly #context: TransferContext;
  #folder: string | undefined;
  #batch: TreeEntry[] = [];

  constructor(root: EntryPath, context: TransferContext) {
    this.#root = root;
    this.#context = context;
  }

  async prepare(): Promise<void> {}

  async carry(entry: TreeEntry): Promise<void> {
    const { folder } = splitRelative(entry.relative);
    if (folder !== this.#folder || this.#batch.length >= batchFiles) await this.#send();
    this.#folder = folder;
    this.#batch.push(entry);
  }

  async makeDirectory({ relative }: TreeEntry): Promise<void> {
    await this.#requireDirectory(resolvePath(this.#root, relative));
  }

  async finish(): Promise<void> {
    if (!this.#context.abort.signal.aborted) await this.#send();
  }

  async #send(): Promise<void> {
    const { api, tally } = this.#context;
    const batch = this.#batch;
    this.#batch = [];
    const [first] = batch;
    if (!first || this.#folder === undefined) return;
    const { cluster } = await api.uriBase();
    const isRenamed = first.relative === '';
    const flight = tally.begin(first.label, 0);
    try {
      const to = resolvePath(this.#root, this.#folder);
      if (!isRenamed) await this.#requireDirectory(to);
      const { items } = await api.transfer('copies', {
        from: batch.map(({ origin }) => formatUri(cluster, origin as EntryPath)),
        to: formatUri(cluster, to),
        onConflict: 'replace',
        into: !isRenamed,
      });
      batch.forEach(({ label, size }, index) => {
        const error = items[index]?.error;
        if (error) tally.failed(label, new AppError(error.code, error.message));
        else tally.copied(label, size);
      });
    } catch (error) {
      if (endsAll(error)) throw error;
      for (const { label } of batch) tally.failed(label, error);
    } finally {
      tally.end(flight);
    }
  }

  async #requireDirectory(path: EntryPath): Promise<void> {
    const missing: EntryPath[] = [];
    for (let folder: EntryPath | undefined = path; folder; folder = parentOf(folder)) {
      if (await this.#context.api.find(folder)) break;
      missing.push(folder);
      if (folder === this.#root) break;
    }
    for (const folder of missing.reverse()) await this.#context.api.makeDirectory(folder);
  }
}

import { contentOf, type Content } from './content.ts';
import type { Expectations } from './expectations.ts';
import type { SeededRandom } from './seeded-random.ts';
import { UnexpectedAnswer, UploadClient } from './upload-client.ts';

/** An upload by tus whose beginning was acknowledged: it can be gone on with until its end is. */
export type Unfinished = { address: string; path: string; content: Content; worker: number };

/** What goes on from one crash to the next. */
export type Ledger = {
  expectations: Expectations;
  unfinished: Set<Unfinished>;
  /** How often each thing was done and acknowledged. */
  acknowledged: Record<'put' | 'bulk' | 'tus' | 'resumed' | 'folder', number>;
  problems: string[];
};

export const workerCount = 6;
/** Files that are replaced again and again, by whatever way. */
export const keptFolder = 'kept';
const keptPerWorker = 6;
const kibibyte = 1024;

/** Uploads in every way at once, until the server goes away. */
export async function runLoad(
  client: UploadClient,
  ledger: Ledger,
  random: SeededRandom,
  cycle: number,
): Promise<void> {
  const workers = Array.from({ length: workerCount }, (_, index) =>
    new UploadWorker(client, ledger, random.fork(), cycle, index).run(),
  );
  await Promise.all(workers);
}

/** One that uploads one thing after the other, to paths that no other worker touches. */
class UploadWorker {
  readonly #client: UploadClient;
  readonly #ledger: Ledger;
  readonly #random: SeededRandom;
  readonly #name: string;
  readonly #index: number;
  readonly #held: Promise<void>[] = [];
  #count = 0;

  constructor(client: UploadClient, ledger: Ledger, random: SeededRandom, cycle: number, index: number) {
    this.#client = client;
    this.#ledger = ledger;
    this.#random = random;
    this.#name = `c${cycle}w${index}`;
    this.#index = index;
  }

  async run(): Promise<void> {
    try {
      for (const upload of this.#ledger.unfinished) {
        if (upload.worker === this.#index) await this.#resume(upload);
      }
      await this.#makeFolder(this.#name);
      for (;;) await this.#step();
    } catch (error) {
      // Any other error is the server's end, which is what all wait for.
      if (error instanceof UnexpectedAnswer) this.#ledger.problems.push(error.message);
    }
    await Promise.all(this.#held);
  }

  async #step(): Promise<void> {
    switch (this.#random.whole(0, 9)) {
      case 0:
        return this.#makeFolder(`${this.#name}/folder ${this.#count++}`);
      case 1:
        return this.#cutOff();
      case 2:
      case 3:
        return this.#bulk();
      case 4:
      case 5:
      case 6:
        return this.#upload();
      default:
        return this.#put(this.#random.next() < 0.5 ? this.#keptPath() : this.#newPath());
    }
  }

  async #makeFolder(path: string): Promise<void> {
    await this.#client.makeFolder(path);
    this.#ledger.expectations.folderAcknowledged(path);
    this.#ledger.acknowledged.folder += 1;
  }

  async #put(path: string): Promise<void> {
    const content = this.#content(512 * kibibyte);
    this.#ledger.expectations.sending(path, content.sha256);
    await this.#client.put(path, content);
    this.#ledger.expectations.acknowledged(path, content.sha256);
    this.#ledger.acknowledged.put += 1;
  }

  async #bulk(): Promise<void> {
    const kept = this.#random.next() < 0.3 ? [this.#keptPath()] : [];
    const paths = [...kept, ...Array.from({ length: this.#random.whole(1, 40) }, () => this.#newPath(true))];
    const files = paths.map((path) => ({ path, content: this.#content(32 * kibibyte) }));
    for (const { path, content } of files) this.#ledger.expectations.sending(path, content.sha256);
    await this.#client.bulk('', files);
    for (const { path, content } of files) this.#ledger.expectations.acknowledged(path, content.sha256);
    this.#ledger.acknowledged.bulk += files.length;
  }

  async #upload(): Promise<void> {
    const isReplacing = this.#random.next() < 0.4;
    const path = isReplacing ? this.#keptPath() : `${keptFolder}/${this.#name} ${this.#count++}`;
    const content = this.#content(2048 * kibibyte);
    const size = content.bytes.length;
    if (size === 0) this.#ledger.expectations.sending(path, content.sha256);
    const address = await this.#client.create(path, size, isReplacing ? 'replace' : 'fail');
    const upload: Unfinished = { address, path, content, worker: this.#index };
    this.#ledger.unfinished.add(upload);
    await this.#append(upload, 0);
    this.#ledger.acknowledged.tus += 1;
  }

  async #resume(upload: Unfinished): Promise<void> {
    // To ask for an upload that has all its bytes puts it in its place.
    this.#ledger.expectations.sending(upload.path, upload.content.sha256);
    await this.#append(upload, await this.#client.offsetOf(upload.address));
    this.#ledger.acknowledged.resumed += 1;
  }

  async #append(upload: Unfinished, from: number): Promise<void> {
    const { address, path, content } = upload;
    const size = content.bytes.length;
    for (let offset = from; offset < size;) {
      const end = Math.min(size, offset + this.#random.whole(1, 1024 * kibibyte));
      if (end === size) this.#ledger.expectations.sending(path, content.sha256);
      await this.#client.append(address, offset, content.bytes.subarray(offset, end));
      offset = end;
    }
    this.#ledger.expectations.acknowledged(path, content.sha256);
    this.#ledger.unfinished.delete(upload);
  }

  /** Sends what never ends, once: none of it may ever be seen. */
  async #cutOff(): Promise<void> {
    if (this.#held.length > 0) return;
    const content = this.#content(256 * kibibyte);
    if (this.#random.next() < 0.5) {
      const path = this.#random.next() < 0.5 ? this.#keptPath() : `${this.#name}/cut off`;
      this.#held.push(this.#client.putAllButTheEnd(path, content));
    } else {
      this.#held.push(
        this.#client.bulkAllButTheEnd('', [{ path: `${this.#name}/cut off in bulk`, content }]),
      );
    }
  }

  #content(maxBytes: number): Content {
    const size = this.#random.next() < 0.1 ? this.#random.whole(0, 1) : this.#random.whole(0, maxBytes);
    return contentOf(`${this.#name} ${this.#count++}`, size);
  }

  #keptPath(): string {
    return `${keptFolder}/w${this.#index}-${this.#random.whole(1, keptPerWorker)}`;
  }

  /** In a folder that need not be there yet, for a request that makes folders. */
  #newPath(isDeep = false): string {
    const folder = isDeep && this.#random.next() < 0.5 ? `${this.#random.whole(1, 4)}/` : '';
    return `${this.#name}/${folder}${this.#count++}.bin`;
  }
}

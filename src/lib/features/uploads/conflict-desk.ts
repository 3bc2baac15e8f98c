import type { ConflictAnswer, Existing, UploadBatch, UploadItem } from './upload-item.ts';

export type ConflictDoor = {
  /** What has the names of these, which are all of one batch. */
  findExisting: (items: readonly UploadItem[]) => Promise<(Existing | undefined)[]>;
  /** Whether nothing has the name `name` in the batch's folder. */
  isFree: (batch: UploadBatch, name: string) => Promise<boolean>;
  /** SHA-256, in hexadecimal, of what has the item's name; null when it is too large to be read for this. */
  digestThere: (item: UploadItem) => Promise<string | null>;
  /** SHA-256 of the item's own bytes, in hexadecimal. */
  digest: (item: UploadItem) => Promise<string>;
};

export type ConflictMoves = {
  /** It had been sent before, and arrived. */
  store: (item: UploadItem) => void;
  skip: (item: UploadItem, words: string) => void;
  queue: (item: UploadItem) => void;
  ask: (item: UploadItem) => void;
  fail: (item: UploadItem, words: string) => void;
};

/** Storage keeps times to the second at the coarsest. */
const sameWithinMs = 1000;

/**
 * Holds what is to be sent against what is there: what is there with the same content is left out, and a name that is
 * taken by something else is settled by the batch's rule, or waits here for the person to settle it once for all.
 */
export class ConflictDesk {
  /** Those that wait for an answer. */
  readonly asking = new Set<UploadItem>();
  readonly #door: ConflictDoor;
  readonly #moves: ConflictMoves;
  /** Whether a dropped folder is new where it goes, so that nothing below it can be there. */
  readonly #newFolders = new WeakMap<UploadBatch, Map<string, Promise<boolean>>>();

  constructor(door: ConflictDoor, moves: ConflictMoves) {
    this.#door = door;
    this.#moves = moves;
  }

  /** Answers those of a load that may be sent now, and moves the others. */
  async sift(load: readonly UploadItem[]): Promise<UploadItem[]> {
    const areNew = await Promise.all(load.map((item) => this.#needsNoCheck(item)));
    const doubtful = load.filter((_, index) => !areNew[index]);
    if (doubtful.length === 0) return [...load];
    const found = await this.#door.findExisting(doubtful);
    const sendable = new Set(load.filter((_, index) => areNew[index]));
    for (const [index, item] of doubtful.entries()) {
      item.existing = found[index];
      if (await this.#mayBeSent(item)) sendable.add(item);
    }
    return load.filter((item) => sendable.has(item));
  }

  /** One answer for all that are asking and all of the batch that will; `exceptions` are answered otherwise. */
  answer(
    batch: UploadBatch,
    rule: ConflictAnswer,
    exceptions: ReadonlyMap<UploadItem, ConflictAnswer> = new Map(),
  ): void {
    batch.rule = rule;
    for (const item of [...this.asking].filter((each) => each.batch === batch)) {
      this.asking.delete(item);
      if (this.#settle(item, exceptions.get(item) ?? rule)) this.#moves.queue(item);
    }
  }

  async #needsNoCheck(item: UploadItem): Promise<boolean> {
    if (item.decided !== undefined) return true;
    const slash = item.path.indexOf('/');
    if (slash < 0 || item.wasRefused) return false;
    const top = item.path.slice(0, slash);
    let known = this.#newFolders.get(item.batch);
    if (!known) this.#newFolders.set(item.batch, (known = new Map()));
    let isNew = known.get(top);
    if (!isNew) {
      known.set(top, (isNew = this.#door.isFree(item.batch, top)));
      // What could not be asked is asked again.
      isNew.catch(() => known.delete(top));
    }
    return isNew;
  }

  async #mayBeSent(item: UploadItem): Promise<boolean> {
    const { existing, batch } = item;
    if (!existing && !item.wasRefused) return true;
    if (existing?.kind === 'directory') {
      this.#moves.fail(item, 'A folder has that name already.');
      return false;
    }
    if (existing && (await this.#isSame(item, existing))) {
      if (item.mayBeStored) this.#moves.store(item);
      else this.#moves.skip(item, 'is there already, the same');
      return false;
    }
    if (batch.rule !== 'ask') return this.#settle(item, batch.rule);
    this.asking.add(item);
    this.#moves.ask(item);
    return false;
  }

  /** Whether it is to be sent; else it is over. */
  #settle(item: UploadItem, answer: ConflictAnswer): boolean {
    const isOlder = !item.existing || new Date(item.existing.modifiedAt).getTime() < item.modifiedAt;
    if (answer === 'skip') this.#moves.skip(item, 'skipped, the name is taken');
    else if (answer === 'newer' && !isOlder) this.#moves.skip(item, 'skipped, yours is not newer');
    else {
      item.decided = answer === 'rename' ? 'rename' : 'replace';
      return true;
    }
    return false;
  }

  async #isSame(item: UploadItem, existing: Existing): Promise<boolean> {
    if (existing.size !== item.size) return false;
    existing.sha256 ??= await this.#door.digestThere(item);
    if (existing.sha256 !== null) return (await this.#door.digest(item)) === existing.sha256;
    return Math.abs(new Date(existing.modifiedAt).getTime() - item.modifiedAt) < sameWithinMs;
  }
}

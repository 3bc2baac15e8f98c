import { createHash } from 'node:crypto';
import { AppError, hasCode } from '../contract/app-error.ts';
import type { EntryName } from '../contract/path.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { Semaphore } from '../base/semaphore.ts';
import type { LinkActor } from '../access/actor.ts';
import { checksumLine } from '../files/checksum-line.ts';
import type { ChecksumService } from '../files/checksum-service.ts';
import type { FilesService } from '../files/files-service.ts';
import type { LinksRepository } from './links-repository.ts';
import type { PinEntryRow, PinRow, PinsRepository } from './pins-repository.ts';
import { resolveSharedPath } from './shared-path.ts';

type Dependencies = {
  pins: PinsRepository;
  links: LinksRepository;
  files: FilesService;
  checksums: ChecksumService;
  clock: Clock;
  log: Logger;
};

/** Entries that are written, and files that are noted as done, in one transaction. */
const batchRows = 500;
const batchFiles = 64;
/** Files that are read at once: reading one while hashing the other. */
const maxAtOnce = 2;
/** How often a file may change while it is being hashed. */
const maxAttempts = 3;
const tellEveryMs = 1000;

/**
 * Makes the manifests of pinned links, one after the other, in the background: first the tree, then the checksum of
 * every file. How far it is stands in the rows, so that it goes on after a restart where it was.
 */
export class PinMaker {
  readonly #with: Dependencies;
  readonly #stopping = new AbortController();
  #queue: string[] = [];
  #running: Promise<void> | undefined;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Puts a pin that is to be prepared at the end of the line. */
  add(pinId: string): void {
    if (this.#stopping.signal.aborted) return;
    if (!this.#queue.includes(pinId)) this.#queue.push(pinId);
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Goes on with what an earlier run left unfinished. */
  async resume(): Promise<void> {
    for (const id of await this.#with.pins.unfinished()) this.add(id);
  }

  /** Resolves when there is nothing left to do. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#queue = [];
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let id = this.#queue[0]; id !== undefined; id = this.#queue[0]) {
      await this.#make(id);
      this.#queue = this.#queue.filter((other) => other !== id);
    }
  }

  async #make(id: string): Promise<void> {
    const { pins, clock, log } = this.#with;
    try {
      const pin = await pins.find(id);
      if (pin?.state !== 'preparing') return;
      if (pin.is_listed === 0) await this.#list(pin);
      await this.#hash(pin);
      await pins.publish(pin, await this.#manifestHash(id), clock().getTime());
    } catch (error) {
      // Another was asked for meanwhile, or the link was deleted.
      const isWanted = !this.#stopping.signal.aborted && (await pins.find(id));
      if (!isWanted) return;
      if (!(error instanceof AppError) || error.code === 'internal')
        log.error({ error, pin: id }, 'a link could not be pinned');
      const problem = error instanceof AppError ? error.message : 'Something went wrong on the server.';
      await pins
        .update(id, { state: 'failed', problem, finished_at: clock().getTime() })
        .catch((failure: unknown) => log.error({ error: failure }, 'the state of a pin is not noted'));
    }
  }

  /** Notes the tree under every item of the link. */
  async #list({ id, link_id }: PinRow): Promise<void> {
    const { pins, files } = this.#with;
    await pins.clearEntries(id);
    const actor = await this.#actorOf(link_id);
    let rows: PinEntryRow[] = [];
    const sums = { files: 0, bytes: 0 };
    let position = 0;
    for (const item of actor.items) {
      for await (const { path, entry } of files.walk(actor, item.path, this.#stopping.signal)) {
        const shared = `${item.name}${path.slice(item.path.length)}`;
        rows.push({
          pin_id: id,
          position,
          path: shared,
          parent: shared.slice(0, Math.max(0, shared.lastIndexOf('/'))),
          kind: entry.kind,
          size: entry.size,
          modified_at: entry.modifiedAt.getTime(),
          etag: entry.etag,
          sha256: null,
        });
        position += 1;
        if (entry.kind === 'file') {
          sums.files += 1;
          sums.bytes += entry.size;
        }
        if (rows.length < batchRows) continue;
        await pins.addEntries(rows);
        await pins.update(id, sums);
        rows = [];
      }
    }
    await pins.addEntries(rows);
    await pins.update(id, { ...sums, is_listed: 1 });
  }

  async #hash({ id, link_id }: PinRow): Promise<void> {
    const { pins } = this.#with;
    const places = new Semaphore(maxAtOnce);
    for (;;) {
      const rows = await pins.unhashed(id, batchFiles);
      if (rows.length === 0) return;
      // Asked anew for every batch: what is pinned may be moved meanwhile.
      const actor = await this.#actorOf(link_id);
      const tell = await this.#teller(id);
      const hashed = await Promise.all(rows.map((row) => places.run(() => this.#hashOne(actor, row, tell))));
      await pins.noteHashed(id, hashed);
    }
  }

  /** Counts bytes while a batch is at work, and writes them down now and then: one file may take minutes. */
  async #teller(id: string): Promise<(bytes: number) => void> {
    const { pins } = this.#with;
    let bytes = (await pins.find(id))?.done_bytes ?? 0;
    let toldAt = performance.now();
    return (more) => {
      bytes += more;
      if (performance.now() - toldAt < tellEveryMs) return;
      toldAt = performance.now();
      // Only for whoever looks: the true sum is written with the files.
      void pins.update(id, { done_bytes: bytes }).catch(() => {});
    };
  }

  async #hashOne(actor: LinkActor, row: PinEntryRow, onBytes: (bytes: number) => void): Promise<PinEntryRow> {
    const { files, checksums } = this.#with;
    const { signal } = this.#stopping;
    const path = resolveSharedPath(actor, row.path);
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      signal.throwIfAborted();
      try {
        const { entry, sha256 } = await checksums.identify(actor, path, { signal, onBytes });
        const after = await files.stat(actor, path, 'read');
        if (after.etag === entry.etag) {
          return {
            ...row,
            size: entry.size,
            modified_at: entry.modifiedAt.getTime(),
            etag: entry.etag,
            sha256,
          };
        }
      } catch (error) {
        if (hasCode(error, 'not_found', 'conflict'))
          throw new AppError('conflict', `"${row.path}" went away while it was being read.`, {
            cause: error,
          });
        throw error;
      }
    }
    throw new AppError('conflict', `"${row.path}" changes while it is being read.`);
  }

  async #manifestHash(id: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const { kind, path, sha256 } of this.#with.pins.entries(id)) {
      if (kind === 'file') hash.update(checksumLine(sha256 as string, path));
    }
    return hash.digest('hex');
  }

  /** Reads as the link itself does: its items, and nothing else. */
  async #actorOf(linkId: string): Promise<LinkActor> {
    const items = await this.#with.links.itemsOf([linkId]);
    if (items.length === 0) throw new AppError('gone', 'What the link led to is gone.');
    return {
      kind: 'link',
      id: linkId,
      items: items.map(({ name, path, kind }) => ({ name: name as EntryName, path, kind })),
    };
  }
}

import { AppError, hasCode } from '../contract/app-error.ts';
import { containsPath, nameOf, parseEntryName, type EntryPath } from '../contract/path.ts';
import type { ListQuery } from '../contract/schemas.ts';
import { notFound } from '../access/access-control.ts';
import type { LinkActor } from '../access/actor.ts';
import type { ChecksumService } from '../files/checksum-service.ts';
import { sortEntries } from '../files/entry-order.ts';
import type { FilesService, OpenFile, StoredEntry } from '../files/files-service.ts';
import type { OpenLink } from './link-gate.ts';
import type { PinEntryRow, PinRow, PinsRepository } from './pins-repository.ts';
import { resolveSharedPath } from './shared-path.ts';

type Dependencies = { pins: PinsRepository; files: FilesService; checksums: ChecksumService };
/** A link that keeps to a manifest. */
export type PinnedLink = Pick<OpenLink, 'actor'> & { pinId: string };

/**
 * What a pinned link gives: what its manifest names, and of that only files that still have the bytes they had. A file's
 * etag is its checksum, so that a download can be resumed wherever the file has been moved to.
 */
export class PinnedFiles {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  find(pinId: string): Promise<PinRow | undefined> {
    return this.#with.pins.find(pinId);
  }

  /** Throws `locked` until the manifest is made, `conflict` when it could not be. */
  async requireReady({ pinId }: PinnedLink): Promise<PinRow> {
    const pin = await this.find(pinId);
    if (pin?.state === 'ready') return pin;
    if (pin?.state === 'preparing') {
      throw new AppError('locked', 'This link is being prepared. Try again in a while.', {
        reason: 'preparing',
        retryAfter: 10,
      });
    }
    throw new AppError('conflict', 'This link could not be prepared. Ask whoever sent it.', {
      reason: 'pin_failed',
    });
  }

  /** Opens a file of the manifest. Throws `conflict`, reason `changed`, when it has other bytes now. */
  async open(link: PinnedLink, sharedPath: string): Promise<OpenFile> {
    const row = await this.#entry(link, sharedPath);
    const path = resolveSharedPath(link.actor, sharedPath);
    const file = await this.#with.files.open(link.actor, path).catch((error: unknown) => {
      throw hasCode(error, 'not_found') && row.kind === 'file' ? changed(row.path) : error;
    });
    try {
      const { etag } = file.entry;
      await this.#requireSame(link.actor, path, row, file.entry);
      const bytesLeft = (range = { start: 0, end: row.size - 1 }) => range.end - range.start + 1;
      return {
        entry: { ...file.entry, etag: row.sha256 ?? etag },
        bytes: (range) => this.#checkedToTheEnd(file.bytes(range), bytesLeft(range), link.actor, path, etag),
        close: () => file.close(),
      };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  openAt(link: PinnedLink, path: EntryPath): Promise<OpenFile> {
    return this.open(link, sharedPathOf(link.actor, path));
  }

  /**
   * The manifest at and below a path, as a walk over the disk would yield it. With `isChecked` every file is looked at, and
   * `conflict` thrown as `open` does.
   */
  async *walk(
    link: PinnedLink,
    top: EntryPath,
    { signal, isChecked }: { signal?: AbortSignal | undefined; isChecked: boolean },
  ) {
    await this.requireReady(link);
    const shared = sharedPathOf(link.actor, top);
    const { position } = await this.#entry(link, shared);
    for await (const row of this.#with.pins.entries(link.pinId, position)) {
      // A tree is listed without a gap.
      if (!containsPath(shared, row.path)) return;
      signal?.throwIfAborted();
      const path = resolveSharedPath(link.actor, row.path);
      if (isChecked && row.kind === 'file') {
        const entry = await this.#with.files.stat(link.actor, path, 'read').catch((error: unknown) => {
          throw hasCode(error, 'not_found') ? changed(row.path) : error;
        });
        await this.#requireSame(link.actor, path, row, entry);
      }
      yield { path, entry: entryOf(row), omitted: 0 };
    }
  }

  /** One page of what the manifest has in a folder; `''` is the top. The cursor is how many came before. */
  async list({ pinId }: PinnedLink, parent: string, query: ListQuery) {
    const rows = await this.#with.pins.children(pinId, parent);
    const filter = query.filter?.toLowerCase() ?? '';
    const all = sortEntries(
      rows.map(entryOf).filter(({ name }) => name.toLowerCase().includes(filter)),
      query,
    );
    const from = query.cursor === undefined ? 0 : Number(query.cursor);
    if (!Number.isSafeInteger(from) || from < 0)
      throw new AppError('invalid', 'That cursor is none of this listing.', { reason: 'bad_cursor' });
    const items = all.slice(from, from + query.limit);
    const end = from + items.length;
    return { items, next: end < all.length && items.length > 0 ? String(end) : null, total: all.length };
  }

  async describe(link: PinnedLink, sharedPath: string): Promise<StoredEntry> {
    return entryOf(await this.#entry(link, sharedPath));
  }

  async #entry(link: PinnedLink, sharedPath: string): Promise<PinEntryRow> {
    const row = await this.#with.pins.entry(link.pinId, sharedPath);
    if (!row) throw notFound();
    return row;
  }

  /** A file that only looks touched, such as one that was moved, is read again to be sure. */
  async #requireSame(actor: LinkActor, path: EntryPath, row: PinEntryRow, entry: StoredEntry): Promise<void> {
    if (entry.kind !== row.kind || entry.size !== row.size) throw changed(row.path);
    if (entry.etag === row.etag) return;
    const found = await this.#with.checksums.identify(actor, path);
    if (found.sha256 !== row.sha256 || found.entry.etag !== entry.etag) throw changed(row.path);
    await this.#with.pins.noteEtag(row, entry.etag);
  }

  /** Looks once more before the last bytes go out: a file written over meanwhile must look broken, not whole. */
  async *#checkedToTheEnd(
    chunks: AsyncIterable<Uint8Array>,
    bytes: number,
    actor: LinkActor,
    path: EntryPath,
    etag: string,
  ): AsyncIterable<Uint8Array> {
    let left = bytes;
    for await (const chunk of chunks) {
      left -= chunk.length;
      if (left <= 0) {
        const now = await this.#with.files.stat(actor, path, 'read');
        if (now.etag !== etag) throw changed(nameOf(path));
      }
      yield chunk;
    }
  }
}

function changed(name: string): AppError {
  return new AppError(
    'conflict',
    `"${name}" is not what was published any more. Ask whoever sent the link to publish it anew.`,
    { reason: 'changed' },
  );
}

function entryOf({ path, kind, size, modified_at, sha256, etag }: PinEntryRow): StoredEntry {
  return {
    name: parseEntryName(path.slice(path.lastIndexOf('/') + 1)),
    kind,
    size,
    modifiedAt: new Date(modified_at),
    etag: sha256 ?? etag,
  };
}

function sharedPathOf(actor: LinkActor, path: EntryPath): string {
  const item = actor.items.find((candidate) => containsPath(candidate.path, path));
  if (!item) throw notFound();
  return `${item.name}${path.slice(item.path.length)}`;
}

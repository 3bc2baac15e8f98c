import { AppError, hasCode } from '../contract/app-error.ts';
import {
  containsPath,
  joinPath,
  nameOf,
  numberedName,
  parseEntryName,
  resolvePath,
} from '../contract/path.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';
import type { DropLimits } from '../contract/schemas.ts';
import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import { notFound } from '../access/access-control.ts';
import type { DropActor } from '../access/actor.ts';
import type { FilesService, WriteFileOptions } from '../files/files-service.ts';
import { fileTooLarge, limitsOf, linkFull, noDropLimits, requireWanted } from './drop-limits.ts';
import type { DropRow, DropsRepository } from './drops-repository.ts';

/** What a sender says of a file before its bytes come. */
export type NewDrop = {
  /** Relative to the link's folder, as the sender has it. */
  path: string;
  /** Bytes, where they are known. */
  size: number | undefined;
  /** What the sender calls themselves. */
  sender: string | null;
  /** By which a file that is sent again is known. */
  key?: string | undefined;
};
/** Where a file that was sent is kept, relative to the folder; its row, unless it was noted before. */
export type Received = { storedPath: string; row: DropRow | undefined };
/** A file that may be sent, and where it goes unless that name is taken. */
export type Drop = { id: string; target: EntryPath };

type Dependencies = { drops: DropsRepository; files: FilesService; clock: Clock };

/** A drop that a crash left open is given up after so long. */
const abandonedMs = 24 * 3_600_000;
const maxSenderLength = 100;
const maxNumber = 10_000;

/** Takes files from outsiders into the folder of a drop link, within its limits, and remembers who sent what. */
export class DropsService {
  readonly #with: Dependencies;
  /** Folders that are being found a name for: all files of one folder must end up in one. */
  readonly #folders = new Map<string, Promise<EntryName>>();

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  async limitsOf(linkId: string): Promise<DropLimits> {
    const [row] = await this.#with.drops.findLinks([linkId]);
    return row ? limitsOf(row) : noDropLimits;
  }

  /** Refuses at once what would be refused at the end, else keeps room for the file until `finish` or `release`. */
  async begin(actor: DropActor, { path, size, sender, key }: NewDrop): Promise<Drop> {
    const asked = resolvePath(actor.folder, path);
    if (asked === actor.folder) throw new AppError('invalid', 'A file has no name.', { reason: 'bad_name' });
    requireWanted(await this.limitsOf(actor.id), nameOf(asked), size);
    await this.#with.files.requireRoom(actor, joinPath(actor.folder, nameOf(asked)), size);
    const row: DropRow = {
      id: createIdentifier(),
      link_id: actor.id,
      visitor: actor.visitor,
      sender: senderName(sender),
      sent_path: path,
      stored_path: null,
      size: size ?? 0,
      begun_at: this.#with.clock().getTime(),
      received_at: null,
      request_key: key ?? null,
    };
    if (!(await this.#with.drops.reserve(row))) throw linkFull();
    try {
      return { id: row.id, target: await this.#place(actor, path) };
    } catch (error) {
      await this.release(row.id);
      throw error;
    }
  }

  /** Where a file is kept that was sent before under this key; throws `locked` while it is still on its way. */
  async findSent({ id, visitor }: DropActor, key: string): Promise<string | undefined> {
    const row = await this.#with.drops.findByKey(id, visitor, key);
    if (row?.received_at === null)
      throw new AppError('locked', 'This file is still on its way. Try again in a while.');
    return row?.stored_path ?? undefined;
  }

  /** Stores the bytes of a drop that was begun; what is refused on the way leaves nothing behind. */
  async receive(
    actor: DropActor,
    drop: Drop,
    body: AsyncIterable<Uint8Array>,
    options: Omit<WriteFileOptions, 'onConflict'>,
  ): Promise<Received> {
    try {
      const bytes = this.#counted(actor, drop, body, await this.limitsOf(actor.id));
      const entry = await this.#with.files.write(actor, drop.target, bytes, {
        ...options,
        onConflict: 'rename',
      });
      return await this.finish(actor, drop.id, entry.path);
    } catch (error) {
      await this.release(drop.id);
      throw error;
    }
  }

  /** Notes that the file has come, and under which name it is kept. */
  async finish({ folder }: DropActor, dropId: string, path: EntryPath): Promise<Received> {
    const storedPath = path.slice(folder.length + 1);
    const row = await this.#with.drops.finish(dropId, storedPath, this.#with.clock().getTime());
    return { storedPath, row };
  }

  async release(dropId: string): Promise<void> {
    await this.#with.drops.release(dropId);
  }

  /** What one visitor has sent by a link, newest first. */
  sentBy({ id, visitor }: DropActor, limit: number): Promise<DropRow[]> {
    return this.#with.drops.received(id, { visitor, limit });
  }

  /** Notes what a crash kept from being noted, and gives back the room of what it left open. */
  async sweep(): Promise<void> {
    for (const { id, path, folder } of await this.#with.drops.finishedUploads()) {
      const storedPath = containsPath(folder, path) ? path.slice(folder.length + 1) : nameOf(path);
      await this.#with.drops.finish(id, storedPath, this.#with.clock().getTime());
    }
    const time = this.#with.clock().getTime() - abandonedMs;
    for (const { id } of await this.#with.drops.abandoned(time)) await this.release(id);
  }

  /** Where a file goes. Folders that a visitor sends are their own: one whose name is taken gets a number. */
  async #place(actor: DropActor, path: string): Promise<EntryPath> {
    const [first, ...rest] = path.split('/') as [string, ...string[]];
    if (rest.length === 0) return resolvePath(actor.folder, path);
    const top = joinPath(actor.folder, await this.#ownFolder(actor, parseEntryName(first)));
    const target = resolvePath(top, rest.join('/'));
    const parent = target.slice(0, target.lastIndexOf('/')) as EntryPath;
    if (parent !== top) await this.#with.files.makeDirectories(actor, parent);
    return target;
  }

  #ownFolder(actor: DropActor, name: EntryName): Promise<EntryName> {
    const key = JSON.stringify([actor.id, actor.visitor, name]);
    let finding = this.#folders.get(key);
    if (!finding) {
      finding = this.#findFolder(actor, name).finally(() => this.#folders.delete(key));
      this.#folders.set(key, finding);
    }
    return finding;
  }

  async #findFolder(actor: DropActor, name: EntryName): Promise<EntryName> {
    const { drops, files } = this.#with;
    const known = await drops.folderOf(actor.id, actor.visitor, name);
    if (known !== undefined) {
      const made = await files
        .makeDirectory(actor, joinPath(actor.folder, known as EntryName))
        .catch(unlessTaken);
      if (made) return known as EntryName;
    }
    for (let number = 1; number <= maxNumber; number += 1) {
      const candidate = number === 1 ? name : numberedName(name, number);
      const made = await files.makeDirectory(actor, joinPath(actor.folder, candidate)).catch(unlessTaken);
      if (!made?.isNew) continue;
      await drops.putFolder({ link_id: actor.id, visitor: actor.visitor, name, stored_name: candidate });
      return candidate;
    }
    throw new AppError('conflict', `There are too many folders called "${name}" here.`);
  }

  async *#counted(
    actor: DropActor,
    { id }: Drop,
    body: AsyncIterable<Uint8Array>,
    { maxFileBytes, maxBytes }: DropLimits,
  ): AsyncIterable<Uint8Array> {
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (maxFileBytes !== null && bytes > maxFileBytes) throw fileTooLarge(maxFileBytes);
      if (maxBytes !== null && bytes > maxBytes) throw linkFull();
      yield chunk;
    }
    // Before the last step, which puts the file in its place.
    if (!(await this.#with.drops.resize(id, actor.id, bytes))) throw linkFull();
  }
}

function unlessTaken(error: unknown): undefined {
  if (hasCode(error, 'conflict', 'precondition_failed')) return undefined;
  throw error;
}

/** A name as it may be shown: one line, or none. */
function senderName(text: string | null): string | null {
  const name = (text ?? '')
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, maxSenderLength);
  return name === '' ? null : name;
}

/** The sender that a request by a drop link is. Throws `not_found` for a link that lost its folder. */
export function dropActorOf(
  link: { actor: { id: string }; creatorId: string; dropFolder: EntryPath | null },
  visitor: string,
): DropActor {
  if (link.dropFolder === null) throw notFound();
  return {
    kind: 'drop',
    id: link.actor.id,
    creatorId: link.creatorId,
    folder: link.dropFolder,
    visitor,
  };
}

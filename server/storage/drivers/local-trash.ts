import { lstat, opendir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { createIdentifier } from '../../base/identifier.ts';
import { Folder } from './local-containment.ts';
import { isSystemError } from './local-errors.ts';
import type { HiddenFolder } from './local-hidden-folder.ts';

/** Removes in one step, and gives the space back afterwards. */
export class LocalTrash {
  readonly #hidden: HiddenFolder;
  #emptying: Promise<void> = Promise.resolve();
  /** Temporary files that are being written now, whatever date they carry. */
  readonly #spared = new Set<string>();

  constructor(hidden: HiddenFolder) {
    this.#hidden = hidden;
  }

  /** Takes a child away from `folder`; answers how to put it back, which works until `empty`. */
  async take(folder: Folder, name: string): Promise<{ restore: () => Promise<void>; empty: () => void }> {
    const id = createIdentifier();
    {
      using trash = await this.#hidden.open('trash');
      await rename(folder.child(name), trash.child(id));
    }
    const restore = async () => {
      using trash = await this.#hidden.open('trash');
      await rename(trash.child(id), folder.child(name));
    };
    return { restore, empty: () => this.#emptyLater([id]) };
  }

  /** Keeps a temporary file from being swept while `work` goes on, and those named after it: `name.0`, `name.1`, … */
  async sparing<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#spared.add(name);
    try {
      return await work();
    } finally {
      this.#spared.delete(name);
    }
  }

  /** Removes what an earlier process left in the trash, and what it left unfinished; answers how many things. */
  async sweep(before: Date): Promise<number> {
    await this.#takeUnfinished(before);
    using trash = await this.#hidden.find('trash');
    const ids = trash ? await readdir(trash.path) : [];
    if (ids.length > 0) this.#emptyLater(ids);
    await this.idle();
    return ids.length;
  }

  async #takeUnfinished(before: Date): Promise<void> {
    using temporary = await this.#hidden.find('temporary');
    if (!temporary) return;
    for (const name of await readdir(temporary.path)) {
      if (this.#spared.has(name.split('.')[0]!)) continue;
      const stats = await lstat(temporary.child(name)).catch(() => undefined);
      if (stats && stats.mtime < before) await this.take(temporary, name);
    }
  }

  /** Resolves when nothing is left to delete. */
  async idle(): Promise<void> {
    let seen: Promise<void>;
    do await (seen = this.#emptying);
    while (seen !== this.#emptying);
  }

  #emptyLater(ids: string[]): void {
    // What cannot be deleted now stays out of sight, and the next sweep tries again.
    this.#emptying = this.#emptying.then(() => this.#delete(ids)).catch(() => {});
  }

  async #delete(ids: string[]): Promise<void> {
    using trash = await this.#hidden.open('trash');
    const waiting = [...ids];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      await deleteOne(trash, id, waiting).catch(() => {});
    }
  }
}

/**
 * Deletes a file, or a directory level by level: its subdirectories are first moved up into the trash and join
 * `waiting`. So any depth needs only two open folders, and no name is ever looked up through a link.
 */
async function deleteOne(trash: Folder, id: string, waiting: string[]): Promise<void> {
  try {
    return await unlink(trash.child(id));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    if (!isSystemError(error, 'EISDIR', 'EPERM')) throw error;
  }
  using folder = await trash.openFolder(id);
  // Some file systems skip names while others are being removed: look again until it is empty.
  while (await deleteChildren(folder, trash, waiting));
  await rmdir(trash.child(id));
}

/** Answers whether there was anything to delete. */
async function deleteChildren(folder: Folder, trash: Folder, waiting: string[]): Promise<boolean> {
  let found = false;
  // Names as bytes: not every name is valid Unicode.
  const children = await opendir(folder.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 });
  for await (const child of children) {
    found = true;
    const path = Buffer.concat([Buffer.from(folder.child('')), child.name as unknown as Buffer]);
    if (child.isDirectory()) {
      const id = createIdentifier();
      await rename(path, trash.child(id));
      waiting.push(id);
    } else {
      await unlink(path);
    }
  }
  return found;
}

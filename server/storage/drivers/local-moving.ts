import { mkdir, rename, rmdir } from 'node:fs/promises';
import { containsPath } from '../../contract/path.ts';
import type { EntryName, PathInRoot } from '../../contract/path.ts';
import { intoItself, nameBlocked, nameTaken, notFound } from '../storage-errors.ts';
import type { Folder } from './local-containment.ts';
import { inspect } from './local-entry.ts';
import { isSystemError } from './local-errors.ts';
import { renameIfAbsent, whyTaken } from './local-publishing.ts';
import type { LocalTrash } from './local-trash.ts';

type Place = { path: PathInRoot; folder: Folder; name: EntryName };

/** Renames an entry; with `trash` given, what has the new name goes there, and comes back when the rename fails. */
export async function moveChild(from: Place, to: Place, trash: LocalTrash | undefined): Promise<void> {
  const [fromPath, toPath] = [from.folder.child(from.name), to.folder.child(to.name)];
  const entry = await inspect(fromPath, from.name);
  if (!entry || entry === 'hidden') throw notFound();
  const old = await inspect(toPath, to.name);
  if (old === 'hidden') throw nameBlocked();
  if (old && !trash) throw nameTaken();
  if (from.path === to.path) return;
  if (containsPath(from.path, to.path) || containsPath(to.path, from.path)) throw intoItself();

  if (old?.kind === 'file' && entry.kind === 'file') await rename(fromPath, toPath);
  else if (old && trash) await replaceByTrash(from, to, trash);
  else if (entry.kind === 'file') await renameIfAbsent(fromPath, toPath);
  else await renameDirectoryIfAbsent(fromPath, toPath);
  await to.folder.sync();
  await from.folder.sync();
}

async function replaceByTrash(from: Place, to: Place, trash: LocalTrash): Promise<void> {
  const { restore, empty } = await trash.take(to.folder, to.name);
  try {
    await rename(from.folder.child(from.name), to.folder.child(to.name));
  } catch (error) {
    await restore().catch(() => {});
    throw error;
  }
  await to.folder.sync();
  empty();
}

/** A directory may replace an empty one in one step: so an empty one, which only one of two can make, holds its place. */
async function renameDirectoryIfAbsent(from: string, to: string): Promise<void> {
  try {
    await mkdir(to, { mode: 0o750 });
  } catch (error) {
    throw isSystemError(error, 'EEXIST') ? await whyTaken(to) : error;
  }
  try {
    await rename(from, to);
  } catch (error) {
    await rmdir(to).catch(() => {});
    throw error;
  }
}

import { closeSync, constants, fstatSync, linkSync, openSync, renameSync } from 'node:fs';
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AppError, hasCode } from '../../contract/app-error.ts';
import type { EntryName } from '../../contract/path.ts';
import type { StoredEntry, WriteOptions, WrittenEntry } from '../driver.ts';
import {
  contentChanged,
  folderStandsThere,
  nameBlocked,
  nameTaken,
  notFound,
  otherVolume,
} from '../storage-errors.ts';
import { abortable } from './abortable.ts';
import { closeLater, forReading, forStat } from './local-containment.ts';
import type { Folder } from './local-containment.ts';
import { entryOf, inspect } from './local-entry.ts';
import { isSystemError } from './local-errors.ts';

/** A file at a path that nobody looks at yet: whole, and on the disk, once this resolves. */
export async function storeBytes(path: string, body: AsyncIterable<Uint8Array>, options: WriteOptions) {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  await using file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
  let size = 0;
  for await (const chunk of abortable(body, options.signal)) {
    await writeAll(file, chunk);
    size += chunk.byteLength;
  }
  await settle(file, size, options.modifiedAt);
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    done += (await file.write(chunk, done, chunk.byteLength - done)).bytesWritten;
  }
}

/** Returns when the file would survive a loss of power. */
async function settle(file: FileHandle, size: number, modifiedAt: Date | undefined): Promise<void> {
  const stats = await file.stat();
  if (stats.size !== size)
    throw new AppError('unavailable', 'The storage did not keep all bytes. Try again.');
  if (modifiedAt) await file.utimes(modifiedAt, modifiedAt);
  await file.sync();
}

/** As `storeBytes` for a file that something else has written: `path` must be on the same file system. */
export async function settleFile(path: string, { modifiedAt }: WriteOptions): Promise<void> {
  await using file = await open(path, forReading | constants.O_NOFOLLOW);
  const stats = await file.stat();
  if (!stats.isFile()) throw notFound();
  await file.chmod(0o640);
  await settle(file, stats.size, modifiedAt);
}

/** Moves the finished file at `from` to its name in `folder`, in one step, under the conditions of `options`. */
export async function publish(
  from: string,
  folder: Folder,
  name: EntryName,
  options: WriteOptions,
  keptPath?: string,
): Promise<WrittenEntry> {
  // Held to describe this very file at the end, even if the next one has replaced it by then.
  const fd = openSync(from, forStat | constants.O_NOFOLLOW);
  try {
    options.signal?.throwIfAborted();
    let finalName = name;
    let kept: WrittenEntry['kept'];
    if (options.onlyIfAbsent) finalName = await publishIfAbsent(from, folder, name, options.otherName);
    else kept = replaceFile(from, folder.child(name), options.ifMatch, keptPath);
    await folder.sync();
    return { ...entryOf(finalName, fstatSync(fd, { bigint: true }))!, ...(kept && { kept }) };
  } finally {
    closeSync(fd);
  }
}

/**
 * A crash between the two steps of `renameIfAbsent` leaves a file with both names: when the one in `folder` belongs to
 * the file at `from` already, the other is given up and the entry answered.
 */
export async function takeFormerName(
  from: string,
  folder: Folder,
  name: EntryName,
): Promise<StoredEntry | undefined> {
  const path = folder.child(name);
  const [one, other] = await Promise.all(
    [from, path].map((path) => lstat(path, { bigint: true }).catch(() => undefined)),
  );
  if (!one?.isFile() || one.ino !== other?.ino || one.dev !== other.dev) return undefined;
  await unlink(from);
  await folder.sync();
  return entryOf(name, await lstat(path, { bigint: true }));
}

/** Answers the name that the file got: the first that is free. */
async function publishIfAbsent(
  from: string,
  folder: Folder,
  name: EntryName,
  otherName: WriteOptions['otherName'],
): Promise<EntryName> {
  let candidate = name;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await renameIfAbsent(from, folder.child(candidate));
      return candidate;
    } catch (error) {
      if (await takeFormerName(from, folder, candidate)) return candidate;
      const next = hasCode(error, 'precondition_failed', 'conflict') ? otherName?.(attempt) : undefined;
      if (next === undefined) throw error;
      candidate = next;
    }
  }
}

/** A file takes its name in one step only on the volume where it was made. */
export function requireOneVolume(folder: Folder, temporaryFolder: Folder): void {
  if (!folder.isOnDeviceOf(temporaryFolder)) throw otherVolume();
}

/** What `work` answers; when it fails, what is at the temporary path goes. */
export async function orRemoved<T>(temporary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Whether `options` allow a file at `path` now; said again, and finally, by `publish`. */
export async function checkTarget(
  path: string,
  name: EntryName,
  { onlyIfAbsent, otherName, ifMatch }: WriteOptions,
) {
  if (otherName) return;
  const existing = await inspect(path, name);
  if (existing === 'hidden') throw nameBlocked();
  if (existing && onlyIfAbsent) throw nameTaken();
  if (existing?.kind === 'directory') throw folderStandsThere();
  if (ifMatch && !(existing && ifMatch.includes(existing.etag))) throw contentChanged();
}

/**
 * Check and rename happen without letting another request of this process in between. The old file is held open
 * meanwhile, so that giving back its blocks, which may take seconds, happens elsewhere.
 */
function replaceFile(
  from: string,
  to: string,
  ifMatch: readonly string[] | undefined,
  keptPath: string | undefined,
): WrittenEntry['kept'] {
  const oldFd = openIfPresent(to);
  try {
    const old =
      oldFd === undefined ? undefined : entryOf('' as EntryName, fstatSync(oldFd, { bigint: true }));
    if (oldFd !== undefined && !old) throw nameBlocked();
    if (old?.kind === 'directory') throw folderStandsThere();
    if (ifMatch && !(old && ifMatch.includes(old.etag))) throw contentChanged();
    const isKept = old !== undefined && keptPath !== undefined && keep(to, keptPath);
    renameSync(from, to);
    return isKept ? { bytes: old.size } : undefined;
  } finally {
    if (oldFd !== undefined) closeLater(oldFd);
  }
}

/** A second name for what is about to be replaced, where the file system has such a thing. */
function keep(path: string, keptPath: string): boolean {
  try {
    linkSync(path, keptPath);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'ENOSPC', 'EDQUOT'))
      return false;
    throw error;
  }
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, forStat | constants.O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    // Without O_PATH, a symbolic link cannot be opened even to look at it.
    throw isSystemError(error, 'ELOOP') ? nameBlocked() : error;
  }
}

/** Renames a file, never over anything: a second name is made, which fails when taken, and the first given up. */
export async function renameIfAbsent(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw await whyTaken(to);
    if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
    // A file system without hard links, such as exFAT or some network shares.
    if (await inspect(to, '' as EntryName)) throw await whyTaken(to);
    return rename(from, to);
  }
  try {
    await unlink(from);
  } catch (error) {
    // Someone else has renamed it in between: it has another name already, and is not to have two.
    if (isSystemError(error, 'ENOENT')) await unlink(to);
    throw error;
  }
}

export async function whyTaken(path: string): Promise<Error> {
  const stats = await lstat(path).catch(() => undefined);
  return stats && !stats.isFile() && !stats.isDirectory() ? nameBlocked() : nameTaken();
}

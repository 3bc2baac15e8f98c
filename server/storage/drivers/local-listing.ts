import { opendir } from 'node:fs/promises';
import type { Dir, Dirent } from 'node:fs';
import { explainBadName, reservedName } from '../../contract/path.ts';
import type { EntryName } from '../../contract/path.ts';
import type { ListedBatch } from '../driver.ts';

const batchSize = 2048;

/** The children of the directory at `path`; `isRoot` hides the driver's own folder. The disk is a batch ahead. */
export async function* listDirectory(path: string, isRoot: boolean): AsyncGenerator<ListedBatch> {
  const directory = await opendir(path, { bufferSize: batchSize });
  let ahead = readChildren(directory);
  try {
    for (;;) {
      const children = await ahead;
      const isLast = children.length < batchSize;
      if (!isLast) ahead = readChildren(directory);
      // Looked at in the next round, if there is one; until then a failure must not count as unhandled.
      ahead.catch(() => {});
      const batch: ListedBatch = { directories: [], files: [], omitted: 0 };
      for (const child of children) if (!isRoot || child.name !== reservedName) sortInto(batch, child);
      yield batch;
      if (isLast) return;
    }
  } finally {
    await ahead.catch(() => {});
    await directory.close();
  }
}

/**
 * The first entry is awaited and fetches a whole buffer from the disk; the others are taken from that buffer without
 * a trip through the event loop each, which would cost more than the disk does.
 */
async function readChildren(directory: Dir): Promise<Dirent[]> {
  const children: Dirent[] = [];
  let child = await directory.read();
  for (; child; child = directory.readSync()) {
    children.push(child);
    if (children.length === batchSize) break;
  }
  return children;
}

function sortInto(batch: ListedBatch, child: Dirent): void {
  const name = child.name as EntryName;
  if (explainBadName(name)) batch.omitted++;
  else if (child.isFile()) batch.files.push(name);
  else if (child.isDirectory()) batch.directories.push(name);
  else batch.omitted++;
}

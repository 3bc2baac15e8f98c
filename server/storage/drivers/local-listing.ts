import { opendir } from 'node:fs/promises';
import type { Dir, Dirent } from 'node:fs';
import { explainBadName, reservedName } from '../../contract/path.ts';
import type { EntryName } from '../../contract/path.ts';
import type { ListedBatch } from '../driver.ts';

const batchSize = 2048;

/** The children of the directory at `path`; `isRoot` hides the driver's own folder. */
export async function* listDirectory(path: string, isRoot: boolean): AsyncGenerator<ListedBatch> {
  const directory = await opendir(path, { bufferSize: batchSize });
  try {
    for (;;) {
      const { batch, isLast } = await readBatch(directory, isRoot);
      yield batch;
      if (isLast) return;
    }
  } finally {
    await directory.close();
  }
}

/**
 * The first entry is awaited and fetches a whole buffer from the disk; the others are taken from that buffer without
 * a trip through the event loop each, which would cost more than the disk does.
 */
async function readBatch(directory: Dir, isRoot: boolean) {
  const batch: ListedBatch = { directories: [], files: [], omitted: 0 };
  let child = await directory.read();
  for (let left = batchSize; child; child = directory.readSync()) {
    if (!isRoot || child.name !== reservedName) sortInto(batch, child);
    if (--left === 0) return { batch, isLast: false };
  }
  return { batch, isLast: true };
}

function sortInto(batch: ListedBatch, child: Dirent): void {
  const name = child.name as EntryName;
  if (explainBadName(name)) batch.omitted++;
  else if (child.isFile()) batch.files.push(name);
  else if (child.isDirectory()) batch.directories.push(name);
  else batch.omitted++;
}

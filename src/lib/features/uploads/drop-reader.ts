/** What a drop or a file chooser holds, one by one: `path` is relative to the folder it goes into. */
export type DroppedItem =
  | { kind: 'file'; path: string; file: File }
  /** Only folders that hold nothing: the others follow from the files inside. */
  | { kind: 'directory'; path: string }
  | { kind: 'failed'; path: string; message: string };

export type CapturedDrop = (FileSystemEntry | File)[];

/** Must be called inside the drop event itself: the browser empties the transfer as soon as the event is over. */
export function captureDrop(transfer: Pick<DataTransfer, 'items' | 'files'>): CapturedDrop {
  const captured: CapturedDrop = [];
  for (const item of Array.from(transfer.items)) {
    if (item.kind !== 'file') continue;
    const held = item.webkitGetAsEntry?.() ?? item.getAsFile();
    if (held) captured.push(held);
  }
  return captured.length > 0 ? captured : Array.from(transfer.files);
}

/** Walks dropped folders as far as they go, handing out each file as it is found. */
export async function* readDrop(captured: CapturedDrop): AsyncGenerator<DroppedItem> {
  for (const held of captured) {
    if (held instanceof Blob) yield { kind: 'file', path: held.name, file: held as File };
    else yield* readEntry(held, held.name);
  }
}

/** The browser asks the disk for the size of each file, so a page that reads on and on would stand still. */
const maxReadingMs = 40;

/** Files from a chooser. One that chose a folder gives each file its path inside it. */
export async function* readFileList(files: readonly File[]): AsyncGenerator<DroppedItem> {
  let since = performance.now();
  for (const file of files) {
    if (performance.now() - since > maxReadingMs) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
    yield { kind: 'file', path: file.webkitRelativePath || file.name, file };
  }
}

async function* readEntry(entry: FileSystemEntry, path: string): AsyncGenerator<DroppedItem> {
  if (entry.isDirectory) {
    yield* readDirectory(entry as FileSystemDirectoryEntry, path);
    return;
  }
  try {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    yield { kind: 'file', path, file };
  } catch {
    yield { kind: 'failed', path, message: 'This file could not be read on your computer.' };
  }
}

async function* readDirectory(
  directory: FileSystemDirectoryEntry,
  path: string,
): AsyncGenerator<DroppedItem> {
  const reader = directory.createReader();
  let isEmpty = true;
  try {
    // A call hands out at most 100 entries; only an empty answer is the end.
    for (let page = await readPage(reader); page.length > 0; page = await readPage(reader)) {
      isEmpty = false;
      for (const child of page) yield* readEntry(child, `${path}/${child.name}`);
    }
  } catch {
    yield { kind: 'failed', path, message: 'This folder could not be read to its end on your computer.' };
    return;
  }
  if (isEmpty) yield { kind: 'directory', path };
}

function readPage(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

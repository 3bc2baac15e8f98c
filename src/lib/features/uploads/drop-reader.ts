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
    if (held instanceof Blob) yield { kind: 'file', path: held.name, file: held };
    else if (held.isDirectory) yield* readDirectory(held as FileSystemDirectoryEntry, held.name);
    else yield await readFile(held as FileSystemFileEntry, held.name);
  }
}

/** The browser asks the disk for the size of each file, so a page that reads on and on would stand still. */
const maxReadingMs = 40;

/** Files from a chooser. One that chose a folder gives each file its path inside it. */
export async function* readFileList(files: readonly File[]): AsyncGenerator<DroppedItem> {
  let since = performance.now();
  for (const file of files) {
    if (performance.now() - since > maxReadingMs) {
      await nextTask();
      since = performance.now();
    }
    yield { kind: 'file', path: file.webkitRelativePath || file.name, file };
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
      yield* readTogether(page, path);
    }
  } catch {
    yield { kind: 'failed', path, message: 'This folder could not be read to its end on your computer.' };
    return;
  }
  if (isEmpty) yield { kind: 'directory', path };
}

/**
 * Files of a folder that are asked for at once. Each answer comes from another process and has the page wait for that
 * process once more; answers that are there already come one after the other, without a pause for the person.
 */
const maxAsked = 100;

async function* readTogether(entries: FileSystemEntry[], folder: string): AsyncGenerator<DroppedItem> {
  for (let start = 0; start < entries.length; start += maxAsked) {
    // Not in the midst of the last answers, or the next would follow them without a pause.
    if (start > 0) await nextTask();
    const some = entries.slice(start, start + maxAsked);
    const files = some.map((child) =>
      child.isDirectory ? undefined : readFile(child as FileSystemFileEntry, `${folder}/${child.name}`),
    );
    for (const [index, child] of some.entries()) {
      const file = files[index];
      if (file) yield await file;
      else yield* readDirectory(child as FileSystemDirectoryEntry, `${folder}/${child.name}`);
    }
  }
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function readFile(entry: FileSystemFileEntry, path: string): Promise<DroppedItem> {
  try {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return { kind: 'file', path, file };
  } catch {
    return { kind: 'failed', path, message: 'This file could not be read on your computer.' };
  }
}

function readPage(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

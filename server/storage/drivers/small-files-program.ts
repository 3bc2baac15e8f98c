import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  futimesSync,
  linkSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { answerOrders } from '../../base/worker-thread.ts';
import type { EntryName } from '../../contract/path.ts';
import type { StoredEntry } from '../driver.ts';
import { entryOf } from './local-entry.ts';

const fsyncAsync = promisify(fsync);

export type SmallFilesOrder = {
  parts: SmallFilesPart[];
  /** Begins with the bytes of all files, one after the other. */
  memory: Uint8Array;
};
/** Files that go into one folder. Folders are said by the paths of open ones, which are open until the answer. */
export type SmallFilesPart = { folder: string; temporaryFolder: string; files: SmallFile[] };
export type SmallFile = {
  /** Its name in the temporary folder. */
  temporaryName: string;
  size: number;
  modifiedAt: Date | undefined;
  /** The name that it takes in the folder if nothing has it. */
  name: EntryName;
  /** Whether it is only to be stored under its temporary name. */
  staysTemporary: boolean;
};
/** The file in its place; or under its temporary name, whole and on the disk; or why it is neither. */
export type SmallFileOutcome = StoredEntry | undefined | { code: string; message: string };

type Written = { fd: number | undefined; error?: unknown };

answerOrders(({ parts, memory }: SmallFilesOrder) => {
  let position = 0;
  // All are written before the first sync is awaited, so that they share the disk's work.
  const written = parts.map(({ temporaryFolder, files }) =>
    files.map((file) => {
      const start = position;
      position += file.size;
      return write(`${temporaryFolder}/${file.temporaryName}`, memory.subarray(start, position), file);
    }),
  );
  return Promise.all(
    parts.map(async (part, at) => {
      const synced = await Promise.all(written[at]!.map(sync));
      // In their order: of two with one name the first has it.
      return part.files.map((file, index) => settle(synced[index]!, part, file));
    }),
  );
});

/** Quick, unless the disk hangs: that is why it happens here. */
function write(path: string, bytes: Uint8Array, { modifiedAt }: SmallFile): Written {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  let fd: number | undefined;
  try {
    fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    if (modifiedAt) futimesSync(fd, modifiedAt, modifiedAt);
    return { fd };
  } catch (error) {
    return { fd, error };
  }
}

async function sync({ fd, error }: Written): Promise<Written> {
  try {
    if (fd !== undefined && error === undefined) await fsyncAsync(fd);
    return { fd, error };
  } catch (error) {
    return { fd, error };
  }
}

function settle(
  { fd, error }: Written,
  { temporaryFolder, folder }: SmallFilesPart,
  file: SmallFile,
): SmallFileOutcome {
  try {
    if (fd === undefined || error !== undefined) throw error;
    if (fstatSync(fd).size !== file.size) throw new Error('The storage did not keep all bytes.');
    if (file.staysTemporary || !place(`${temporaryFolder}/${file.temporaryName}`, `${folder}/${file.name}`))
      return undefined;
    return entryOf(file.name, fstatSync(fd, { bigint: true }));
  } catch (error) {
    // An error loses its code on the way between threads.
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    return { code, message };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** As `renameIfAbsent`; why it cannot be is found out by who publishes it then. */
function place(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch {
    return false;
  }
  unlinkSync(from);
  return true;
}

import { onConflictOf, type UploadItem } from './upload-item.ts';

/** What the server has at an address, or undefined where there is nothing. */
export type EntryFinder = (uri: string) => Promise<{ size: number | null; modifiedAt: string } | undefined>;
/** `a.txt`, 2 → `a (2).txt`, as the server names what must not replace. */
export type NumberedName = (name: string, number: number) => string;

/** Storage keeps times to the second at the coarsest. */
const sameWithinMs = 1000;

/**
 * Whether a file whose answer was lost got there all the same: something of its size and time has the name that it
 * would have been given. One that replaces is simply sent again.
 */
export async function isStored(
  item: UploadItem,
  findEntry: EntryFinder,
  numberedName: NumberedName,
): Promise<boolean> {
  const onConflict = onConflictOf(item);
  if (onConflict === 'replace') return false;
  const isRenamed = onConflict === 'rename';
  const name = item.path.slice(item.path.lastIndexOf('/') + 1);
  for (let number = isRenamed ? 2 : 1; ; number += 1) {
    const given = number === 1 ? name : numberedName(name, number);
    const entry = await findEntry(`${item.folderUri}/${encodeURIComponent(given)}`);
    if (!entry) return false;
    const difference = Math.abs(new Date(entry.modifiedAt).getTime() - item.file!.lastModified);
    if (entry.size === item.size && difference < sameWithinMs) return true;
    if (!isRenamed) return false;
  }
}

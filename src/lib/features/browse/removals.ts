import type { Entry, RemovalSummary } from '$contract/schemas.ts';
import { hasCode } from '$contract/app-error.ts';
import { isAbort, messageOf } from '$lib/api/client.ts';
import { deleteEntry, measureEntry } from '$lib/api/entries-api.ts';
import { countOf } from '$lib/format/count.ts';
import { activities } from '$lib/state/activity.svelte.ts';
import { session } from '$lib/state/session.svelte.ts';
import { toasts } from '$lib/state/toasts.svelte.ts';

/** Deletes entries, telling what could not be. Answers the URIs of those that are gone. */
export async function removeEntries(entries: readonly Entry[]): Promise<Set<string>> {
  const gone = new Set<string>();
  const failures: { name: string; message: string }[] = [];
  await activities.each('Deleting', entries, 6, async ({ uri, name }) => {
    try {
      await deleteEntry(session.pathOf(uri));
      gone.add(uri);
    } catch (error) {
      if (hasCode(error, 'not_found')) gone.add(uri);
      else failures.push({ name, message: messageOf(error) });
    }
  });
  const [first] = failures;
  if (first) {
    const others = failures.length > 1 ? ` So did ${countOf(failures.length - 1, 'other')}.` : '';
    toasts.show({ message: `“${first.name}” stays: ${first.message}${others}`, tone: 'bad' });
  }
  if (gone.size > 0) {
    const what =
      gone.size === 1 && entries.length === 1 ? `“${entries[0]!.name}”` : countOf(gone.size, 'item');
    toasts.show({ message: `Deleted ${what}.` });
  }
  return gone;
}

/** How much the entries hold in all. Calls back as it learns; answers false when it was aborted or refused. */
export async function measureEntries(
  entries: readonly Entry[],
  signal: AbortSignal,
  onProgress: (sum: RemovalSummary) => void,
): Promise<boolean> {
  const sum = { files: 0, directories: 0, bytes: 0 };
  for (const { kind, size } of entries) {
    if (kind === 'directory') continue;
    sum.files += 1;
    sum.bytes += size ?? 0;
  }
  onProgress({ ...sum });
  try {
    for (const { kind, uri } of entries) {
      if (kind === 'file') continue;
      const { files, directories, bytes } = await measureEntry(session.pathOf(uri), signal);
      sum.files += files;
      sum.directories += directories;
      sum.bytes += bytes;
      onProgress({ ...sum });
    }
    return true;
  } catch (error) {
    if (!isAbort(error)) toasts.show({ message: messageOf(error), tone: 'bad' });
    return false;
  }
}

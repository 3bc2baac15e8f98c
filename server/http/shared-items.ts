import type { EntryPath } from '../contract/path.ts';
import type { OpenLink } from '../links/link-gate.ts';
import { resolveSharedPath } from '../links/shared-path.ts';
import type { SharedContent } from './shared-content.ts';

/** Something under a link that was asked for by itself, and the name under which it is handed out. */
export type SharedItem = { sharedPath: string; path: EntryPath; name: string };

/** What the given paths under the link stand for; without any, all of its items. */
export async function selectItems(
  content: SharedContent,
  { actor }: OpenLink,
  item: string | string[] | undefined,
): Promise<SharedItem[]> {
  const wanted = item === undefined ? (await content.items()).map(({ name }) => name) : [item].flat();
  const items: SharedItem[] = [];
  for (const sharedPath of wanted) {
    if (item !== undefined) await content.stat(sharedPath);
    const name = sharedPath.slice(sharedPath.lastIndexOf('/') + 1);
    items.push({ sharedPath, path: resolveSharedPath(actor, sharedPath), name });
  }
  return items;
}

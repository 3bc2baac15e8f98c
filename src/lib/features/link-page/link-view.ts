import type { SharedEntry, SharedListing } from '../../../../server/contract/schemas.ts';
import { countOf } from '../../format/count.ts';

export type Crumb = { label: string; path?: string };

/** What the page of a link shows, made from what the server listed. */
export type LinkView = {
  link: SharedListing['link'];
  /** Whether this is what was shared, rather than something inside it. */
  isTop: boolean;
  title: string;
  /** The way back up; empty at the top. */
  crumbs: Crumb[];
  /** The folder or file that is shown; absent where a link on several items lists them. */
  entry?: SharedEntry;
  /** The same, when it is a file. */
  file?: SharedEntry;
  children?: SharedListing['children'];
  /** A link with a limit shows no previews: looking would use it up. */
  hasPreviews: boolean;
  /** For `LinkAddress.raw` and `LinkAddress.zip`. */
  rawPath?: string;
  zipItems: string[];
};

export function makeLinkView({ link, entry, children }: SharedListing): LinkView {
  const segments = entry?.path.split('/') ?? [];
  const isSingle = link.itemCount === 1;
  const isTop = !entry || (isSingle && segments.length === 1);
  const topTitle = link.label || (isSingle ? segments[0] : undefined) || countOf(link.itemCount, 'item');
  return {
    link,
    isTop,
    title: isTop ? topTitle : segments.at(-1)!,
    crumbs: isTop ? [] : [{ label: topTitle }, ...listFoldersAbove(segments, isSingle ? 1 : 0)],
    entry,
    file: entry?.kind === 'file' ? entry : undefined,
    children,
    hasPreviews: link.downloadsLeft == null,
    rawPath: isTop ? undefined : entry?.path,
    zipItems: isTop || !entry ? [] : [entry.path],
  };
}

function listFoldersAbove(segments: string[], from: number): Crumb[] {
  const crumbs: Crumb[] = [];
  for (let depth = from; depth < segments.length - 1; depth++) {
    crumbs.push({ label: segments[depth]!, path: segments.slice(0, depth + 1).join('/') });
  }
  return crumbs;
}

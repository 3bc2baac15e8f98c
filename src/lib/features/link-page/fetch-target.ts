import type { LinkAddress } from './link-address.ts';
import type { LinkView } from './link-view.ts';

/** What a command is to fetch: the one file that is shown, or all that the shown folder holds. */
export type FetchTarget = {
  hasPassword: boolean;
  /** The bytes of the file; absent for folders and several items. */
  file?: { name: string; url: string };
  zip: { name: string; url: string };
  /** The plain listing to walk, and the folder to put what it holds into. */
  tree: { url: string; folder: string; urls: (form?: 'curl' | 'aria2c') => string };
  checksums: string;
  /** Whether each file that is fetched counts; then the zip, which counts once, is the way. */
  isCounted: boolean;
};

/** `address` holds the origin. Undefined for an empty folder. */
export function fetchTargetOf(view: LinkView, address: LinkAddress): FetchTarget | undefined {
  if (!view.file && view.children?.total === 0) return undefined;
  const { link, entry, file } = view;
  const items = view.zipItems;
  const zipName = entry ? entry.name : (link.label ?? 'shared files');
  return {
    hasPassword: link.hasPassword,
    ...(file && { file: { name: file.name, url: address.raw(view.rawPath) } }),
    zip: { name: `${zipName}.zip`, url: address.zip(items) },
    tree: {
      url: address.listing(entry?.path),
      folder: entry?.name ?? '.',
      urls: (form) => address.urls(items, form),
    },
    checksums: address.checksums(items),
    isCounted: link.downloadsLeft !== null,
  };
}

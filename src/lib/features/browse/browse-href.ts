import { encodePath, type EntryPath } from '$contract/path.ts';

/** The page that shows a folder or a file. */
export function browseHref(path: EntryPath): string {
  return `/browse/${encodePath(path)}`;
}

/** The folder that a URI lies in, or undefined for a root. */
export function parentUri(uri: string): string | undefined {
  const parent = uri.slice(0, uri.lastIndexOf('/'));
  return /^storage:\/\/[^/]+\/./.test(parent) ? parent : undefined;
}

/** The last segment of a URI that the server sent, decoded. */
export function nameOfUri(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}

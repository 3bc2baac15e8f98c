import type { EntryName, PathInRoot } from '../contract/path.ts';
import { rootIsFixed } from './storage-errors.ts';

/** `''` for a root, whose name is known only to those above it. */
export function lastSegment(path: PathInRoot): EntryName {
  return path.slice(path.lastIndexOf('/') + 1) as EntryName;
}

/** The folder above a path, and its last segment. Throws for the root itself, which cannot be changed. */
export function splitPath(path: PathInRoot): { parent: PathInRoot; name: EntryName } {
  if (path === '') throw rootIsFixed();
  return { parent: path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as PathInRoot, name: lastSegment(path) };
}

export function childPath(parent: PathInRoot, name: EntryName): PathInRoot {
  return (parent === '' ? name : `${parent}/${name}`) as PathInRoot;
}

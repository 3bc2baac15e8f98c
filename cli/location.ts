import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { encodePath, isRoot, nameOf, rootOf, type EntryPath } from '../server/contract/path.ts';
import { parseUri, type UriBase } from '../server/contract/uri.ts';
import { about, usageError } from './exit-code.ts';

/** What a person may name on the command line. `endsWithSlash` says that they meant a folder. */
export type StorageLocation = {
  kind: 'storage';
  path: EntryPath;
  typed: string;
  endsWithSlash: boolean;
  /** What is in the folder is meant, not the folder itself. */
  isContent?: boolean;
};
export type LocalLocation = { kind: 'local'; path: string; typed: string; endsWithSlash: boolean };
export type Location = StorageLocation | LocalLocation | { kind: 'stream'; typed: '-' };

export function isStorageUri(text: string): boolean {
  return text.startsWith('storage:');
}

/** Parses an argument that may be a path on this machine, a storage URI, or `-`. */
export function parseLocation(typed: string, base: UriBase): Location {
  if (isStorageUri(typed)) {
    // As with cp; whatever else takes a URI could do harm to the folder itself.
    const folder = typed.replace(/(?<=[:/])\.\/?$/, '');
    return { ...parseStorageLocation(folder, base), typed, isContent: folder !== typed };
  }
  if (typed === '-') return { kind: 'stream', typed };
  if (typed === '') throw usageError('An empty name is no file.');
  return { kind: 'local', path: localPath(typed), typed, endsWithSlash: typed.endsWith('/') };
}

/** Parses an argument that must be in the storage. */
export function parseStorageLocation(typed: string, base: UriBase): StorageLocation {
  if (!isStorageUri(typed)) {
    const hint = typed.startsWith('/') ? `storage:${typed}` : `storage:${typed.replace(/^\.\//, '')}`;
    throw usageError(`"${typed}" is not in the storage. Write ${hint}`);
  }
  try {
    const endsWithSlash = /[^:/]\/$/.test(typed);
    const path = parseUri(endsWithSlash ? typed.slice(0, -1) : typed, base);
    return { kind: 'storage', path, typed, endsWithSlash };
  } catch (error) {
    throw about(typed, error);
  }
}

/** Whether the URI names the cluster itself, whose children are the roots. */
export function isClusterUri(typed: string, { cluster }: UriBase): boolean {
  return ['storage:/', 'storage://', `storage://${cluster}`, `storage://${cluster}/`].includes(typed);
}

function localPath(typed: string): string {
  if (!typed.startsWith('file:')) return typed;
  if (typed.startsWith('file:///')) return fileURLToPath(typed);
  const rest = decodeURIComponent(typed.slice('file:'.length));
  return rest.startsWith('~/') ? homedir() + rest.slice(1) : rest;
}

/** The short form that listings print, and that means the same when it is typed: `storage:a/b`, `storage:/alice/x`. */
export function shortUri(path: EntryPath, { home }: UriBase): string {
  const root = rootOf(path);
  if (root !== home) return `storage:/${encodeLightly(path)}`;
  return isRoot(path) ? 'storage:' : `storage:${encodeLightly(path.slice(root.length + 1))}`;
}

/** Only what the URI parser or a shell would take for something else; other scripts than Latin stay readable. */
function encodeLightly(path: string): string {
  return path.replace(/[%?#\s]|^~/g, (character) => encodePath(character).replace('~', '%7E'));
}

/** The short form of an absolute URI of the server's. */
export function shortenUri(uri: string, base: UriBase): string {
  try {
    return shortUri(parseUri(uri, base), base);
  } catch {
    return uri;
  }
}

/** The name that a source brings along into a folder; empty for `.`, `..` and `/`, whose content is meant. */
export function nameOfSource(source: StorageLocation | LocalLocation): string {
  if (source.kind === 'storage') return source.isContent ? '' : nameOf(source.path);
  const name = source.path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return name === '.' || name === '..' ? '' : name;
}

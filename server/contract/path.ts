import { AppError } from './app-error.ts';

declare const brand: unique symbol;

/**
 * Where an entry is inside one cluster: the root's name, then segments, joined by `/`, with no slash at either end:
 * `alice`, `alice/a/b.txt`. A string of this type has been parsed once, by `parseEntryPath`, and needs no check again.
 */
export type EntryPath = string & { readonly [brand]: 'EntryPath' };

/** A path inside one root; `''` is the root itself. */
export type PathInRoot = string & { readonly [brand]: 'PathInRoot' };

/** One segment of a path: the name of a file, a folder or a root. */
export type EntryName = string & { readonly [brand]: 'EntryName' };

/** In bytes of UTF-8, as file systems count. */
export const maxNameBytes = 255;
export const maxPathBytes = 4096;

/** Where a driver keeps its unfinished files. Never listed, never reachable: the name is refused under every root. */
export const reservedName = '.drey';

// C0 controls with NUL, DEL, and the C1 controls that terminals obey.

const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;
const encoder = new TextEncoder();

/** Says why `name` cannot be one segment of a path, or answers undefined when it can. */
export function explainBadName(name: string): string | undefined {
  if (name === '') return 'a name is empty';
  if (name === '.' || name === '..') return `"${name}" is not a name`;
  if (name.includes('/')) return 'a name holds a slash';
  if (controlCharacters.test(name)) return 'a name holds a control character';
  if (name.trim() === '') return 'a name is only spaces';
  if (!name.isWellFormed() || name.includes('\ufffd')) return 'a name is not valid Unicode';
  if (name.length * 3 > maxNameBytes && encoder.encode(name).length > maxNameBytes) {
    return `a name is longer than ${maxNameBytes} bytes`;
  }
  return undefined;
}

export function parseEntryName(name: string): EntryName {
  const problem = explainBadName(name);
  if (problem) throw new AppError('invalid', `Not a valid name: ${problem}.`, { reason: 'bad_name' });
  return name as EntryName;
}

/** Refuses, never repairs: `..`, `.`, empty segments, control characters and over-long names are errors. */
export function parseEntryPath(text: string): EntryPath {
  if (text.length * 3 > maxPathBytes && encoder.encode(text).length > maxPathBytes) {
    throw new AppError('invalid', `Not a valid path: it is longer than ${maxPathBytes} bytes.`, {
      reason: 'bad_path',
    });
  }
  const segments = text.split('/');
  for (const segment of segments) {
    const problem = explainBadName(segment);
    if (problem) throw new AppError('invalid', `Not a valid path: ${problem}.`, { reason: 'bad_path' });
  }
  if (segments[1] === reservedName) throw new AppError('not_found', 'There is nothing here.');
  return text as EntryPath;
}

/**
 * Parses the raw, still percent-encoded path of a URL. Each segment is decoded exactly once, so `%252e` stays the
 * name `%2e` and an encoded slash is refused rather than taken for a border.
 */
export function parseEncodedPath(encoded: string): EntryPath {
  return parseEntryPath(encoded.split('/').map(decodeSegment).join('/'));
}

/** Decodes one percent-encoded segment (RFC 3986 section 2.1); a slash inside it is refused. */
export function decodeSegment(encoded: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch (cause) {
    throw new AppError('invalid', 'Not a valid path: its percent-encoding is broken.', {
      reason: 'bad_path',
      cause,
    });
  }
  if (decoded.includes('/')) {
    throw new AppError('invalid', 'Not a valid path: a name holds a slash.', { reason: 'bad_path' });
  }
  return decoded;
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

export function rootOf(path: EntryPath): EntryName {
  const slash = path.indexOf('/');
  return (slash === -1 ? path : path.slice(0, slash)) as EntryName;
}

export function pathInRoot(path: EntryPath): PathInRoot {
  const slash = path.indexOf('/');
  return (slash === -1 ? '' : path.slice(slash + 1)) as PathInRoot;
}

export function isRoot(path: EntryPath): boolean {
  return !path.includes('/');
}

export function nameOf(path: EntryPath): EntryName {
  return path.slice(path.lastIndexOf('/') + 1) as EntryName;
}

/** The folder that holds `path`, or undefined for a root. */
export function parentOf(path: EntryPath): EntryPath | undefined {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? undefined : (path.slice(0, slash) as EntryPath);
}

/** `path` and every folder above it, nearest first. */
export function lineageOf(path: EntryPath): EntryPath[] {
  const lineage = [path];
  for (let parent = parentOf(path); parent; parent = parentOf(parent)) lineage.push(parent);
  return lineage;
}

export function joinPath(parent: EntryPath, name: EntryName): EntryPath {
  return `${parent}/${name}` as EntryPath;
}

/** Appends a relative path of one or more segments, parsing the whole. An empty one answers `parent`. */
export function resolvePath(parent: EntryPath, relative: string): EntryPath {
  return relative === '' ? parent : parseEntryPath(`${parent}/${relative}`);
}

/** Whether `path` is `ancestor` or lies below it. Segment borders count: `team` does not contain `team-secret`. */
export function containsPath(ancestor: string, path: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

/** `report.pdf` → `report (2).pdf`; `data.tar.gz` → `data (2).tar.gz`; `.env` → `.env (2)`. */
export function numberedName(name: EntryName, number: number): EntryName {
  const dot = /(?<=[^.])(\.tar)?\.[A-Za-z0-9]{1,8}$/.exec(name)?.index ?? name.length;
  return `${name.slice(0, dot)} (${number})${name.slice(dot)}` as EntryName;
}

import picomatch from 'picomatch';
import {
  decodeSegment,
  joinPath,
  parseEntryName,
  parseEntryPath,
  type EntryPath,
} from '../server/contract/path.ts';
import type { Entry } from '../server/contract/schemas.ts';
import type { UriBase } from '../server/contract/uri.ts';
import { usageError } from './exit-code.ts';
import type { StorageApi } from './storage-api.ts';

/** A segment of a pattern: a plain name, a test of names, or any number of folders. */
type Segment = { name: string } | { matches: (name: string) => boolean } | 'any-depth';

/** What a pattern found. */
export type GlobMatch = { path: EntryPath; entry: Entry };

const magic = /[*?[\]{}]/;

/** Whether a URI holds a pattern: `*`, `?`, `[…]`, `{…}`. What is percent-encoded stands for itself. */
export function hasMagic(uri: string): boolean {
  return magic.test(uri);
}

/**
 * Finds what a pattern such as `storage:runs/*\/log?.txt` or `storage:**\/*.py` names, in the order of the listings. As in
 * a shell, `*` does not reach over a slash, nor match a dot at the beginning of a name.
 */
export async function* expandGlob(
  api: StorageApi,
  pattern: string,
  base: UriBase,
): AsyncGenerator<GlobMatch> {
  const [root, ...segments] = parsePattern(pattern, base);
  if (typeof root !== 'object' || !('name' in root)) {
    const names = (await api.listRoots()).map(({ name }) => name);
    const matches = root === 'any-depth' ? () => true : (root?.matches ?? (() => true));
    for (const name of names.filter(matches)) yield* expandBelow(api, parseEntryPath(name), segments);
    return;
  }
  const literal = segments.findIndex((segment) => typeof segment !== 'object' || !('name' in segment));
  const plain = literal === -1 ? segments : segments.slice(0, literal);
  const start = [root, ...plain].map((segment) => (segment as { name: string }).name).join('/');
  yield* expandBelow(api, parseEntryPath(start), segments.slice(plain.length));
}

async function* expandBelow(
  api: StorageApi,
  path: EntryPath,
  segments: readonly Segment[],
): AsyncGenerator<GlobMatch> {
  const entry = await api.find(path);
  if (entry) yield* descend(api, { path, entry }, segments);
}

async function* descend(
  api: StorageApi,
  match: GlobMatch,
  segments: readonly Segment[],
): AsyncGenerator<GlobMatch> {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    yield match;
    return;
  }
  if (match.entry.kind !== 'directory') return;
  if (typeof segment === 'object' && 'name' in segment) {
    yield* expandBelow(api, joinPath(match.path, parseEntryName(segment.name)), rest);
    return;
  }
  if (segment === 'any-depth' && rest.length > 0) yield* descend(api, match, rest);
  for await (const page of api.list(match.path)) {
    for (const entry of page) {
      const child = { path: joinPath(match.path, parseEntryName(entry.name)), entry };
      if (segment !== 'any-depth') {
        if (segment.matches(entry.name)) yield* descend(api, child, rest);
      } else if (!entry.name.startsWith('.')) {
        if (rest.length === 0) yield child;
        if (entry.kind === 'directory') yield* descend(api, child, segments);
      }
    }
  }
}

function parsePattern(pattern: string, { cluster, home }: UriBase): Segment[] {
  if (pattern.includes('#')) throw usageError(`${pattern}: Write %23 for the "#" in a name.`);
  const rest = pattern.slice('storage:'.length);
  const authority = /^\/\/([^/]*)\/?/.exec(rest);
  if (authority && authority[1] !== cluster) {
    throw usageError(`${pattern}: This is cluster "${cluster}", not "${authority[1]}".`);
  }
  const path = authority ? rest.slice(authority[0].length) : rest.replace(/^\//, '');
  const isAbsolute = authority !== null || rest.startsWith('/');
  const segments = path
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => parseSegment(segment));
  return isAbsolute ? segments : [{ name: home ?? '' }, ...segments];
}

function parseSegment(segment: string): Segment {
  if (segment === '**') return 'any-depth';
  if (!hasMagic(segment)) return { name: decodeSegment(segment) };
  // A percent-encoded character is meant literally, also where it would be a pattern.
  const decoded = segment.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    decodeSegment(encoded).replace(/[\\*?[\]{}()!+@|^$.]/g, '\\$&'),
  );
  return { matches: picomatch(decoded, { dot: false, nonegate: true, noextglob: true }) };
}

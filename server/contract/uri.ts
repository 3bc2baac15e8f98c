import { AppError } from './app-error.ts';
import { decodeSegment, encodePath, parseEntryPath, type EntryPath } from './path.ts';

/** What short forms are resolved against: the cluster's name, and whose home `storage:` means. */
export type UriBase = { cluster: string; home?: string };

const scheme = 'storage:';

function refuse(message: string): never {
  throw new AppError('invalid', message, { reason: 'bad_uri' });
}

/**
 * Parses what a person or a program typed (design: "URIs"): `storage:`, `storage:a/b`, `storage:/alice/x` or
 * `storage://cluster/alice/x`. Percent-encoding is decoded exactly once.
 */
export function parseUri(text: string, base: UriBase): EntryPath {
  if (!text.startsWith(scheme)) refuse(`Not a storage URI: it must begin with "${scheme}".`);
  const hint = { '?': '%3F', '#': '%23' }[/[?#]/.exec(text)?.[0] ?? ''];
  if (hint) refuse(`Not a storage URI: write ${hint} for the "${decodeURIComponent(hint)}" in a name.`);
  const rest = text.slice(scheme.length);

  if (rest.startsWith('//')) {
    const [authority = '', ...segments] = rest.slice(2).split('/');
    if (/[@:]/.test(authority)) refuse('Not a storage URI: it takes no user, password or port.');
    if (authority !== base.cluster) refuse(`This is cluster "${base.cluster}", not "${authority}".`);
    return parseSegments(segments);
  }
  if (rest.startsWith('/')) return parseSegments(rest.slice(1).split('/'));
  if (rest.startsWith('~'))
    refuse('Not a storage URI: "~" is not expanded. Write storage: for your own home.');
  if (base.home === undefined)
    refuse('Not a storage URI here: write it in full, storage://<cluster>/<root>/<path>.');
  return parseSegments([base.home, ...(rest === '' ? [] : rest.split('/'))]);
}

function parseSegments(encoded: string[]): EntryPath {
  if (encoded.length === 0 || encoded[0] === '') refuse('Not a storage URI: it names no root.');
  return parseEntryPath(encoded.map(decodeSegment).join('/'));
}

/** The absolute form, `storage://home/alice/a%20b`. */
export function formatUri(cluster: string, path: EntryPath): string {
  return `${scheme}//${cluster}/${encodePath(path)}`;
}

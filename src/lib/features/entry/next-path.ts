/** Where to go after signing in: a path of this origin, or `/`. Whatever could lead elsewhere is refused. */
export function nextPath(wanted: string | null, origin: string): string {
  if (!wanted?.startsWith('/')) return '/';
  try {
    const url = new URL(wanted, origin);
    return url.origin === origin ? url.pathname + url.search : '/';
  } catch {
    return '/';
  }
}

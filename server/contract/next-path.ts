/** Where to go after signing in: a path of this origin, or `/`. Whatever could lead elsewhere is refused. */
export function nextPath(wanted: string | null, origin: string): string {
  if (!wanted?.startsWith('/')) return '/';
  try {
    const url = new URL(wanted, origin);
    // `/.//elsewhere` is of this origin, and yet leaves as `//elsewhere`.
    const isOurs = url.origin === origin && !url.pathname.startsWith('//');
    return isOurs ? url.pathname + url.search : '/';
  } catch {
    return '/';
  }
}

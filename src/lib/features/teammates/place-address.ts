/**
 * The address of the page that opens an entry, to send to somebody who has access. It carries the URI as people know
 * it, `…/open?uri=storage://home/bob/a%2520b`: only what a query cannot hold as it is is encoded.
 */
export function placeAddress(uri: string, origin: string): string {
  return `${origin}/open?uri=${uri.replace(/[%&+#]/g, encodeURIComponent)}`;
}

import type { DropPage, SharedListing } from '$contract/schemas.ts';
import { createClient } from '$lib/api/client.ts';
import type { LinkAddress, Order } from './link-address.ts';

/** Rows in the first page, which is also what a browser without JavaScript steps by. */
export const firstLimit = 200;
/** Rows that "Show more" adds. */
export const moreLimit = 1000;

type Place = Order & { path: string; cursor?: string };

/** Reads one page of what a link shows at `path`. Throws the AppError that the server answered. */
export function readLink(
  fetch: typeof globalThis.fetch,
  address: LinkAddress,
  { path, ...query }: Place,
  limit = firstLimit,
): Promise<SharedListing> {
  return createClient(fetch).get<SharedListing>(address.entries(path, { limit, ...query }));
}

/** Reads what a link for dropping takes, and what this visitor has sent by it. */
export function readDrop(fetch: typeof globalThis.fetch, address: LinkAddress): Promise<DropPage> {
  return createClient(fetch).get<DropPage>(address.drops());
}

/** Gives the password of a link; from then on its cookie opens it. Throws the AppError that the server answered. */
export function unlockLink(
  fetch: typeof globalThis.fetch,
  address: LinkAddress,
  password: string,
): Promise<void> {
  return createClient(fetch).post(address.unlock(), { password });
}

/** As `readLink`, but a link on one file or one folder answers that rather than a list with one row. */
export async function openLink(
  fetch: typeof globalThis.fetch,
  address: LinkAddress,
  place: Place,
): Promise<SharedListing> {
  const listing = await readLink(fetch, address, place);
  const only = listing.link.itemCount === 1 && !listing.entry ? listing.children?.items[0] : undefined;
  if (!only) return listing;
  if (only.kind === 'file') return { link: listing.link, entry: only };
  return readLink(fetch, address, { ...place, path: only.path });
}

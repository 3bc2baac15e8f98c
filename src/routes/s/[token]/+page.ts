import { LinkAddress, type Order, type SortKey } from '$lib/features/link-page/link-address.ts';
import { openLink } from '$lib/features/link-page/link-reader.ts';
import { refusalOf } from '$lib/features/link-page/link-refusal.ts';
import { makeLinkView } from '$lib/features/link-page/link-view.ts';
import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, url, fetch }) => {
  // Each is asked for by name, so that what only the page reads, such as `select`, loads nothing again.
  const ask = (name: string) => url.searchParams.get(name) ?? undefined;
  const order: Order = { sort: ask('sort') as SortKey, order: ask('order') as Order['order'] };
  const place = { path: ask('path') ?? '', cursor: ask('cursor'), ...order };
  try {
    const listing = await openLink(fetch, new LinkAddress(params.token), place);
    const shell = ask('shell');
    // Few paste commands, and whoever does fetches what makes them.
    const commandLine =
      shell === undefined ? undefined : await import('$lib/features/link-page/CommandLine.svelte');
    return { view: makeLinkView(listing), order, shell, CommandLine: commandLine?.default };
  } catch (cause) {
    const { status, ...body } = refusalOf(cause);
    error(status, body);
  }
};

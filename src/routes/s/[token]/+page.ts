import { LinkAddress, type Order, type SortKey } from '$lib/features/link-page/link-address.ts';
import { hasCode } from '$contract/app-error.ts';
import { openLink, readDrop } from '$lib/features/link-page/link-reader.ts';
import { refusalOf } from '$lib/features/link-page/link-refusal.ts';
import { makeLinkView } from '$lib/features/link-page/link-view.ts';
import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, url, fetch }) => {
  // Each is asked for by name, so that what only the page reads, such as `select`, loads nothing again.
  const ask = (name: string) => url.searchParams.get(name) ?? undefined;
  const order: Order = { sort: ask('sort') as SortKey, order: ask('order') as Order['order'] };
  const place = { path: ask('path') ?? '', cursor: ask('cursor'), ...order };
  const address = new LinkAddress(params.token);
  try {
    const listing = await openLink(fetch, address, place).catch((cause: unknown) => {
      if (hasCode(cause, 'forbidden') && cause.reason === 'drop_only') return undefined;
      throw cause;
    });
    if (!listing) {
      // Whoever only reads loads nothing of the uploader.
      const { default: Drop } = await import('$lib/features/drop-page/DropPage.svelte');
      const drop = await readDrop(fetch, address);
      return { drop, Drop, order };
    }
    const view = makeLinkView(listing);
    const shell = ask('shell');
    // What the page turns out not to need is not fetched: the list of a file, the file of a list, the commands of both.
    const [file, folder, commandLine] = await Promise.all([
      view.file && import('$lib/features/link-page/SharedFile.svelte'),
      view.file ? undefined : import('$lib/features/link-page/SharedFolder.svelte'),
      shell === undefined ? undefined : import('$lib/features/link-page/CommandLine.svelte'),
    ]);
    return {
      view,
      order,
      shell,
      SharedFile: file?.default,
      SharedFolder: folder?.default,
      CommandLine: commandLine?.default,
    };
  } catch (cause) {
    const { status, ...body } = refusalOf(cause);
    error(status, body);
  }
};

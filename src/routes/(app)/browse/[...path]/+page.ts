import { error, redirect } from '@sveltejs/kit';
import { AppError } from '$contract/app-error.ts';
import { parseEncodedPath, type EntryPath } from '$contract/path.ts';
import { FolderView } from '$lib/features/browse/folder-view.svelte.ts';
import type { PageLoad } from './$types';

/** A folder that answers within this replaces the one before without anything in between. */
const patienceMs = 300;

export const load: PageLoad = async ({ url, parent }) => {
  await parent();
  const encoded = url.pathname.slice('/browse/'.length);
  if (encoded === '') redirect(307, '/');
  const view = new FolderView(parse(encoded));
  await Promise.race([view.listing.ready, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  return { view };
};

function parse(encoded: string): EntryPath {
  try {
    return parseEncodedPath(encoded);
  } catch (failure) {
    if (failure instanceof AppError) error(404, { message: failure.message, code: failure.code });
    throw failure;
  }
}

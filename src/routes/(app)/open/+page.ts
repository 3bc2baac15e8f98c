import { redirect } from '@sveltejs/kit';
import { AppError } from '$contract/app-error.ts';
import type { EntryPath } from '$contract/path.ts';
import { browseHref } from '$lib/features/browse/browse-href.ts';
import { session } from '$lib/state/session.svelte.ts';
import type { PageLoad } from './$types';

/** `/open?uri=storage://…` opens what a URI names; a URI that names nothing here is explained. */
export const load: PageLoad = async ({ url, parent }) => {
  await parent();
  const uri = url.searchParams.get('uri')?.trim() ?? '';
  if (uri === '') return { uri, problem: 'The address names nothing: it ends in ?uri=storage://…' };
  let path: EntryPath;
  try {
    path = session.pathOfTyped(uri);
  } catch (failure) {
    if (failure instanceof AppError) return { uri, problem: failure.message };
    throw failure;
  }
  redirect(307, browseHref(path));
};

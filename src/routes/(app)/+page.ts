import { redirect } from '@sveltejs/kit';
import { browseHref } from '$lib/features/browse/browse-href.ts';
import { session } from '$lib/state/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  redirect(307, browseHref(session.home));
};

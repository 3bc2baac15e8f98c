import { error } from '@sveltejs/kit';
import { session } from '$lib/state/session.svelte.ts';
import type { LayoutLoad } from './$types';

/** To others there is nothing here; the server says so as well, to whatever these pages ask. */
export const load: LayoutLoad = async ({ parent }) => {
  await parent();
  if (!session.current.user.isAdmin) error(404, { message: 'There is nothing here.' });
};

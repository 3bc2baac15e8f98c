import { error, redirect } from '@sveltejs/kit';
import { AppError, hasCode } from '$contract/app-error.ts';
import { session } from '$lib/state/session.svelte.ts';
import type { LayoutLoad } from './$types';

// Everything behind the sign-in is the signed-in person's own: nothing of it is worth rendering on the server.
export const ssr = false;

export const load: LayoutLoad = async ({ url }) => {
  if (session.isLoaded) return;
  try {
    await session.load();
  } catch (failure) {
    if (hasCode(failure, 'unauthenticated')) {
      redirect(303, `/login?next=${encodeURIComponent(url.pathname + url.search)}`);
    }
    if (failure instanceof AppError) error(503, { message: failure.message, code: failure.code });
    throw failure;
  }
};

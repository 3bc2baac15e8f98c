import { error, redirect } from '@sveltejs/kit';
import { AppError, hasCode } from '$contract/app-error.ts';
import { getSession } from '$lib/api/session-api.ts';
import { parseClientRequest } from '$lib/features/entry/client-request.ts';
import type { PageLoad } from './$types';

/** `drey login` opens this page; it needs somebody who is signed in. */
export const load: PageLoad = async ({ url }) => {
  try {
    const session = await getSession();
    return { name: session.user.name, request: parseClientRequest(url.searchParams) };
  } catch (failure) {
    if (hasCode(failure, 'unauthenticated')) {
      redirect(303, `/login?next=${encodeURIComponent(url.pathname + url.search)}`);
    }
    if (failure instanceof AppError) error(503, { message: failure.message, code: failure.code });
    throw failure;
  }
};

import type { HandleClientError } from '@sveltejs/kit';
import { AppError } from '$contract/app-error.ts';
import { messageOf } from '$lib/api/client.ts';
import { describeSignIn } from '$lib/api/sign-in-api.ts';

/**
 * What SvelteKit did not expect. The code of a page that was not open before comes from the server; that it cannot be had is
 * told as such, and browsers name no reason.
 */
export const handleError: HandleClientError = async ({ error, status, message }) => {
  if (status === 404) return { message };
  const found = await describeSignIn().then(
    () => error,
    (failure: unknown) => failure,
  );
  return { message: messageOf(found), ...(found instanceof AppError && { code: found.code }) };
};

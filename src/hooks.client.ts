import type { HandleClientError } from '@sveltejs/kit';
import { isServerThere, serverAway } from '$lib/api/server-probe.ts';

/**
 * What SvelteKit did not expect. The code of a page that was not open before comes from the server; that it cannot be had is
 * told as such, and browsers name no reason.
 */
export const handleError: HandleClientError = async ({ status, message }) => {
  if (status === 404) return { message };
  if (!(await isServerThere())) return { message: serverAway, code: 'unavailable' };
  return { message: 'Something went wrong. Reload the page and try again.' };
};

import { AppError } from '$contract/app-error.ts';
import { session } from '$lib/state/session.svelte.ts';

/** The URIs that were typed, one a line, or what is wrong with the first that is wrong. */
export function parsePlaces(text: string): { uris: string[]; problem?: string } {
  const uris = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  for (const uri of uris) {
    try {
      session.pathOfTyped(uri);
    } catch (error) {
      if (error instanceof AppError) return { uris, problem: `“${uri}”: ${error.message}` };
      throw error;
    }
  }
  return { uris };
}

import { hasCode } from '../../../../server/contract/app-error.ts';
import { countOf } from '../../format/count.ts';

export type Refusal = { status: number; message: string; code?: string };

const endings: Record<string, string> = {
  expired: 'This link has expired.',
  revoked: 'This link has been withdrawn.',
  used_up: 'This link has been used up.',
};

/** What to tell the holder of a link that shows nothing, and no more than that. */
export function refusalOf(error: unknown): Refusal {
  if (hasCode(error, 'gone')) {
    return {
      status: 410,
      message: endings[error.reason ?? ''] ?? 'This link no longer works.',
      code: 'gone',
    };
  }
  if (hasCode(error, 'not_found', 'invalid')) {
    return { status: 404, message: 'There is nothing at this address.', code: 'not_found' };
  }
  if (hasCode(error, 'unauthenticated')) {
    return { status: 401, message: 'This link needs a password', code: 'unauthenticated' };
  }
  if (hasCode(error, 'rate_limited')) {
    return { status: 429, message: 'That was too often.', code: 'rate_limited' };
  }
  return { status: 503, message: 'This page cannot be shown right now.', code: 'unavailable' };
}

/** What the holder can do about it. */
export function adviceFor(status: number): string {
  if (status === 410) return 'Ask whoever sent it for a new one.';
  if (status === 401) return 'Whoever sent it can tell you what it is.';
  if (status === 404) return 'Look whether the whole link was copied.';
  return 'Wait a minute, then reload the page.';
}

/**
 * What was wrong with the password, where it came by a form: the server then sends the browser back to the page and says
 * it in the query. `wait` is in minutes.
 */
export function unlockProblemIn(query: URLSearchParams): string | undefined {
  if (query.has('wrong')) return 'That is not the password of this link.';
  const minutes = Number(query.get('wait'));
  if (!Number.isInteger(minutes) || minutes < 1) return undefined;
  return `Too many attempts. Try again in ${countOf(minutes, 'minute')}.`;
}

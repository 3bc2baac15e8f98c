import { hasCode } from '../../../../server/contract/app-error.ts';

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
  if (hasCode(error, 'rate_limited')) {
    return { status: 429, message: 'That was too often.', code: 'rate_limited' };
  }
  return { status: 503, message: 'This page cannot be shown right now.', code: 'unavailable' };
}

/** What the holder can do about it. */
export function adviceFor(status: number): string {
  if (status === 410) return 'Ask whoever sent it for a new one.';
  if (status === 404) return 'Look whether the whole link was copied.';
  return 'Wait a minute, then reload the page.';
}

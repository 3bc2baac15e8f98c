import type { Refusal } from './upload-item.ts';

const fallbackByStatus: Record<number, Refusal> = {
  0: { code: 'unavailable', message: 'The connection was lost.' },
  401: { code: 'unauthenticated', message: 'You are signed out.' },
  403: { code: 'forbidden', message: 'You may not store files here.' },
  404: { code: 'not_found', message: 'The folder is not there any more.' },
  413: {
    code: 'too_large',
    message:
      'Something between you and the server takes no request of this size. Whoever runs it can allow larger ones.',
  },
  423: { code: 'locked', message: 'The server is still busy with this file.' },
  507: { code: 'out_of_space', message: 'There is no space left on the server. Make room, then go on.' },
};

/** Reads the server's own words; something between here and the server may have answered instead of it. */
export function readRefusal(status: number, body: string): Refusal {
  try {
    const { error } = JSON.parse(body) as { error: Refusal };
    if (typeof error.message === 'string') return error;
  } catch {
    // Not ours: a proxy's page, or no body at all.
  }
  return (
    fallbackByStatus[status] ?? { code: 'internal', message: `The server could not store this (${status}).` }
  );
}

/**
 * Whether the file's name is taken, which is a question for the person rather than a failure. A folder that cannot be
 * made because its name is taken is a `conflict`, and no question about the files inside.
 */
export function saysExists(refusal: Refusal): boolean {
  const isTaken = refusal.reason === 'exists' || refusal.reason === 'etag_mismatch';
  return isTaken && refusal.code === 'precondition_failed';
}

/** Whether the bytes arrived otherwise than they were sent, which sending them again mends. */
export function saysGarbled(refusal: Refusal | undefined): boolean {
  return refusal?.reason === 'digest_mismatch';
}

/** Whether the person must sign in again; nothing is wrong with what is uploaded. */
export function saysSignedOut(refusal: Refusal): boolean {
  return refusal.code === 'unauthenticated';
}

/** Whether every further file would meet the same end. */
export function stopsEverything(refusal: Refusal): boolean {
  return refusal.code === 'unauthenticated' || refusal.code === 'out_of_space';
}

export function refusalOf(error: unknown): Refusal {
  const { code, reason, message } = error as Partial<Refusal>;
  return { code: code ?? 'internal', reason, message: message ?? 'This could not be stored.' };
}

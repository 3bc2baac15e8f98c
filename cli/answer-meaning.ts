import type { IncomingMessage } from 'node:http';
import { AppError, errorCodes, type ErrorBody, type ErrorCode } from '../server/contract/app-error.ts';

const codes: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'gone',
  412: 'precondition_failed',
  413: 'too_large',
  416: 'range_invalid',
  423: 'locked',
  429: 'rate_limited',
  500: 'internal',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  507: 'out_of_space',
};

/** What a status means that came without our own words, as from a proxy on the way or to a HEAD. */
export function codeOfStatus(status: number): ErrorCode {
  return codes[status] ?? (status >= 500 ? 'unavailable' : 'invalid');
}

/** The error that a body tells in Drey's own words; undefined when the words are somebody else's. */
export function errorOfBody(body: unknown): ErrorBody['error'] | undefined {
  const error = (body as Partial<ErrorBody> | null | undefined)?.error;
  return error && errorCodes.includes(error.code) ? error : undefined;
}

/** Whether somebody else answered: the API sends nobody elsewhere, and has no pages. A proxy's errors are not meant. */
export function isStranger({ statusCode = 0, headers }: IncomingMessage): boolean {
  if (statusCode >= 300 && statusCode < 400) return true;
  return (statusCode < 300 || statusCode === 404) && /^text\/html\b/.test(headers['content-type'] ?? '');
}

/** To ask a stranger again leads nowhere. */
export function explainStranger(url: string): AppError {
  return new AppError(
    'unavailable',
    `${url} does not answer like Drey. Is the address right, or is there a sign-in page before it?`,
    { reason: 'not_drey' },
  );
}

const wordsOf: Record<string, string> = {
  ECONNREFUSED: 'nothing answers there. Is the server running?',
  ENOTFOUND: 'there is no such host. Look at the address.',
  EAI_AGAIN: 'its name cannot be looked up. Is the network up?',
  ETIMEDOUT: 'it does not answer in time.',
  EHOSTUNREACH: 'there is no way to that host. Is the network up?',
  ENETUNREACH: 'there is no way to that network. Is the network up?',
  EPROTO: 'it does not speak TLS there. Should the address begin with http://?',
};

/** Failures to even open a connection, after which nothing was asked. */
const unopened = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Makes a lost or failed connection into words. */
export function explainNoConnection(
  url: string,
  error: NodeJS.ErrnoException,
  hasAnswered: boolean,
): AppError {
  const { code = '' } = error;
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
  const words =
    wordsOf[code] ??
    (certificate
      ? `its certificate is not trusted (${code}).`
      : `the connection was lost (${error.message}).`);
  return new AppError(
    'unavailable',
    `${hasAnswered ? 'No connection to' : 'Cannot reach'} ${url}: ${words}`,
    { cause: error, ...(unopened.has(code) && { reason: 'not_connected' }) },
  );
}

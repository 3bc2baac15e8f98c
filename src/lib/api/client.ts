import { AppError, type ErrorBody } from '$contract/app-error.ts';
import { serverAway } from './server-probe.ts';

type Fetch = typeof globalThis.fetch;
type QueryValue = string | number | boolean | readonly string[] | null | undefined;
export type RequestOptions = { query?: Record<string, QueryValue>; signal?: AbortSignal };

/** `/api/v1` + `path`, with a query that leaves out what is null or undefined and repeats what is a list. */
export function apiUrl(path: string, query: RequestOptions['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value == null) continue;
    if (Array.isArray(value)) value.forEach((item) => search.append(name, item));
    else search.set(name, String(value));
  }
  return `/api/v1${path}${search.size > 0 ? `?${search}` : ''}`;
}

/**
 * Speaks JSON with the server. Whatever it refuses is thrown as the AppError it sent; a network that fails is
 * `unavailable`. An aborted request throws the signal's own reason.
 */
export function createClient(fetch: Fetch) {
  async function request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}) {
    const init: RequestInit = { method, signal: options.signal, headers: { accept: 'application/json' } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...init.headers, 'content-type': 'application/json' };
    }
    const url = path.startsWith('/s/') ? path : apiUrl(path, options.query);
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw new AppError('unavailable', serverAway, { reason: 'network', cause });
    }
    if (!response.ok) {
      const error = await readError(response);
      if (error.code === 'unauthenticated') signedOut.dispatchEvent(new Event('signed-out'));
      throw error;
    }
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  return {
    get: <T>(path: string, options?: RequestOptions) => request<T>('GET', path, undefined, options),
    post: <T>(path: string, body?: unknown, options?: RequestOptions) =>
      request<T>('POST', path, body, options),
    put: <T>(path: string, body?: unknown, options?: RequestOptions) =>
      request<T>('PUT', path, body, options),
    patch: <T>(path: string, body?: unknown, options?: RequestOptions) =>
      request<T>('PATCH', path, body, options),
    delete: (path: string, options?: RequestOptions) => request<void>('DELETE', path, undefined, options),
  };
}
export type Client = ReturnType<typeof createClient>;

/** The error a response carries; one that is not Drey's own, such as a proxy's, becomes `unavailable`. */
async function readError(response: Response): Promise<AppError> {
  try {
    const { error } = (await response.json()) as ErrorBody;
    return new AppError(error.code, error.message, { reason: error.reason });
  } catch (cause) {
    return new AppError('unavailable', `The server answered ${response.status}. Try again in a moment.`, {
      cause,
    });
  }
}

const signedOut = new EventTarget();

/** Calls back when the server no longer knows who is asking, until the answer is called. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.addEventListener('signed-out', listener);
  return () => signedOut.removeEventListener('signed-out', listener);
}

/** For the browser. Server rendering makes its own with the `fetch` of the request. */
export const api = createClient((input, init) => fetch(input, init));

/** What to tell a person about anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof AppError ? error.message : 'Something went wrong. Reload the page and try again.';
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

import { StallWatch } from './stall-watch.ts';

/** Status 0: no answer came. */
export type BodyAnswer = { status: number; body: string };

/** More would leave the rest of the page no connection. */
const maxAtOnce = 3;
let underWay = 0;
const waiting: (() => void)[] = [];

/**
 * Posts a body, a few at once, and tells, from 0 to 1, how much of it is on its way; `fetch` cannot. Never rejects.
 */
export async function postBody(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<BodyAnswer> {
  // Who ends hands its place on.
  if (underWay < maxAtOnce) underWay += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    if (signal.aborted) return { status: 0, body: '' };
    return await send(url, body, headers, onSent, signal);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else underWay -= 1;
  }
}

function send(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<BodyAnswer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const watch = new StallWatch(abort);
    request.open('POST', url);
    request.setRequestHeader('accept', 'application/json');
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      watch.moved();
      onSent(total > 0 ? loaded / total : 0);
    };
    request.upload.onload = () => watch.rest();
    request.onloadend = () => {
      watch.end();
      signal.removeEventListener('abort', abort);
      resolve({ status: request.status, body: request.responseText });
    };
    signal.addEventListener('abort', abort);
    watch.moved();
    request.send(body);
  });
}

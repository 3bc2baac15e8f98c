import type { HandleFetch } from '@sveltejs/kit';
import type { IncomingMessage } from 'node:http';

/**
 * What a page asks of the server while it is rendered goes straight to the socket that the page's own request came in
 * by, not out to the public address and back.
 */
export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const url = new URL(request.url);
  const socket = (event.platform as { req?: IncomingMessage } | undefined)?.req?.socket;
  if (url.origin !== event.url.origin || !socket) return fetch(request);
  const { localAddress = '127.0.0.1', localPort = 80 } = socket;
  const host = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  const loopback = new Request(`http://${host}:${localPort}${url.pathname}${url.search}`, request);
  const cookie = event.request.headers.get('cookie');
  if (cookie) loopback.headers.set('cookie', cookie);
  return fetch(loopback);
};

import type { CookieOptions, Request, Response } from 'express';
import type { DropVisitors } from '../links/drop-visitors.ts';
import { unlockMs, type LinkProof } from '../links/link-lock.ts';
import { readCookie } from './authentication.ts';
import { addressOf } from './request-context.ts';

const cookieName = 'drey_unlock';

/** What a request brings to open a link's lock: the cookie of an earlier unlocking, or `curl -u :password`. */
export function proofOf(request: Request): LinkProof {
  const [, basic] = /^Basic ([\w+/=]{1,3000})$/i.exec(request.headers.authorization ?? '') ?? [];
  const credentials = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString('utf8');
  return {
    cookie: readCookie(request, cookieName),
    password: credentials?.slice(credentials.indexOf(':') + 1),
    address: addressOf(request),
  };
}

/** The cookie is sent to this one link only. */
export function setUnlockCookie(request: Request, response: Response, value: string): void {
  response.cookie(cookieName, value, { ...cookieOptions(request), maxAge: unlockMs });
}

/** Sent to this one link only. */
function cookieOptions(request: Request): CookieOptions {
  return {
    httpOnly: true,
    secure: request.secure,
    sameSite: 'lax',
    path: `/s/${request.params.token as string}`,
  };
}

const visitorCookie = 'drey_visitor';
const visitorMs = 365 * 86_400_000;

/** Who sends by a drop link; someone new is given a cookie to be known by. */
export function senderOf(
  request: Request,
  response: Response,
  visitors: DropVisitors,
  linkId: string,
): string {
  const known = visitors.read(linkId, readCookie(request, visitorCookie));
  if (known !== undefined) return known;
  const { visitor, cookie } = visitors.create(linkId);
  response.cookie(visitorCookie, cookie, { ...cookieOptions(request), maxAge: visitorMs });
  return visitor;
}

/** Whether the request asks for the rest of a download that broke off. */
export function isResuming(request: Request): boolean {
  return request.method === 'GET' && /^bytes=(?!0*-)\d+-/.test(request.headers.range ?? '');
}

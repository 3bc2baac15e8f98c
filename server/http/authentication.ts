import type { CookieOptions, Request, Response } from 'express';
import { AppError } from '../contract/app-error.ts';
import type { SignedInUser } from '../access/actor.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import { addressOf } from './request-context.ts';

const bearer = /^Bearer (drey_[\w-]{1,100})$/i;

/** Who is asking: an API token's owner, or the holder of a session cookie. Throws `unauthenticated`. */
export async function requireUser(request: Request, services: HttpDependencies): Promise<SignedInUser> {
  const { authorization } = request.headers;
  const user =
    authorization === undefined
      ? await findSessionUser(request, services)
      : await findTokenUser(authorization, request, services);
  if (!user) throw new AppError('unauthenticated', 'Sign in first.');
  return user;
}

async function findTokenUser(
  authorization: string,
  request: Request,
  { tokens }: HttpDependencies,
): Promise<SignedInUser | undefined> {
  const token = bearer.exec(authorization)?.[1];
  return token === undefined ? undefined : tokens.findActor(token, addressOf(request));
}

/** Whose session the cookie is, if it is a live one's. */
export async function findSessionUser(
  request: Request,
  { sessions, config }: HttpDependencies,
): Promise<SignedInUser | undefined> {
  const secret = readCookie(request, cookieName(config.publicUrl));
  return secret === undefined ? undefined : sessions.findActor(secret, addressOf(request));
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

/** Browsers accept the `__Host-` prefix (RFC 6265bis 4.1.3.2) only with `Secure`, so only where there is TLS. */
function cookieName(publicUrl: string): string {
  return isSecure(publicUrl) ? '__Host-drey' : 'drey';
}

export function readCookie(request: Request, name: string): string | undefined {
  const header = request.headers.cookie ?? '';
  const start = `${name}=`;
  return header
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(start))
    ?.slice(start.length);
}

export function setSessionCookie(response: Response, secret: string, { config }: HttpDependencies): void {
  response.cookie(cookieName(config.publicUrl), secret, {
    ...cookieOptions(config.publicUrl),
    maxAge: config.sessionDays * 86_400_000,
  });
}

export function clearSessionCookie(response: Response, { config }: HttpDependencies): void {
  response.clearCookie(cookieName(config.publicUrl), cookieOptions(config.publicUrl));
}

/** A secret that this browser is to bring back soon, whatever site sends it back here. */
export function setBrowserSecret(
  response: Response,
  name: string,
  secret: string,
  maxAge: number,
  { config }: HttpDependencies,
): void {
  response.cookie(`${cookieName(config.publicUrl)}-${name}`, secret, {
    ...cookieOptions(config.publicUrl),
    maxAge,
  });
}

export function readBrowserSecret(
  request: Request,
  name: string,
  { config }: HttpDependencies,
): string | undefined {
  return readCookie(request, `${cookieName(config.publicUrl)}-${name}`);
}

export function clearBrowserSecret(response: Response, name: string, { config }: HttpDependencies): void {
  response.clearCookie(`${cookieName(config.publicUrl)}-${name}`, cookieOptions(config.publicUrl));
}

function cookieOptions(publicUrl: string): CookieOptions {
  return { httpOnly: true, secure: isSecure(publicUrl), sameSite: 'lax', path: '/' };
}

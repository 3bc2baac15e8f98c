import type { Request, RequestHandler } from 'express';
import { AppError } from '../contract/app-error.ts';
import { originOf } from './request-context.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses writes that another site's page sends with our cookie. A browser says where a request comes from in
 * `Sec-Fetch-Site`, an older one in `Origin`; what says neither is no browser and carries no cookie it was not given.
 */
export function sameOrigin(publicUrl: string): RequestHandler {
  return (request, _response, next) => {
    if (safeMethods.has(request.method) || isFromHere(request, publicUrl)) next();
    else next(new AppError('forbidden', 'This request comes from another site.', { reason: 'cross_origin' }));
  };
}

function isFromHere(request: Request, publicUrl: string): boolean {
  if (request.headers.authorization !== undefined) return true;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = request.headers;
  return origin === undefined || origin === originOf(request, publicUrl);
}

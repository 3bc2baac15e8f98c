import type { Request, Response } from 'express';
import type { Thumbnail } from '../thumbnails/thumbnails-service.ts';
import { matchesWeakly, parseEtagList } from './etag-list.ts';

export function sendThumbnail(request: Request, response: Response, { webp, etag }: Thumbnail): undefined {
  response.setHeader('ETag', `"${etag}"`);
  const { 'if-none-match': ifNoneMatch } = request.headers;
  if (ifNoneMatch !== undefined && matchesWeakly(parseEtagList(ifNoneMatch), etag)) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', 'image/webp');
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Content-Length', webp.length);
  response.end(request.method === 'HEAD' ? undefined : webp);
}

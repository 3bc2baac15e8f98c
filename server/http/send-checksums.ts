import { once } from 'node:events';
import type { Request, Response } from 'express';
import { checksumLine } from '../files/checksum-line.ts';
import type { SharedContent } from './shared-content.ts';
import type { SharedItem } from './shared-items.ts';

/** Streams one line a file, as `sha256sum -c` reads them, in the order of the tree. */
export async function sendChecksums(
  request: Request,
  response: Response,
  content: SharedContent,
  { items, signal }: { items: readonly SharedItem[]; signal: AbortSignal },
): Promise<void> {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  for (const item of items) {
    for await (const { path, entry } of content.walk(item.path, signal)) {
      if (entry.kind !== 'file') continue;
      const sha256 = await content.sha256(path, entry, signal);
      const line = checksumLine(sha256, `${item.name}${path.slice(item.path.length)}`);
      if (!response.write(line)) await once(response, 'drain', { signal });
    }
  }
  response.end();
}

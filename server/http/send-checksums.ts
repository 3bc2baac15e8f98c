import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { Actor } from '../access/actor.ts';
import type { ArchiveItem } from '../archives/archive-service.ts';
import type { HttpDependencies } from './http-dependencies.ts';

type ChecksumRequest = { actor: Actor; items: readonly ArchiveItem[]; signal: AbortSignal };

/** Streams one line a file, as `sha256sum -c` reads them, in the order of the tree. */
export async function sendChecksums(
  request: Request,
  response: Response,
  { files, checksums }: Pick<HttpDependencies, 'files' | 'checksums'>,
  { actor, items, signal }: ChecksumRequest,
): Promise<void> {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  for (const item of items) {
    for await (const { path, entry } of files.walk(actor, item.path, signal)) {
      if (entry.kind !== 'file') continue;
      const line = formatLine(
        await checksums.sha256(actor, path, signal),
        `${item.name}${path.slice(item.path.length)}`,
      );
      if (!response.write(line)) await once(response, 'drain', { signal });
    }
  }
  response.end();
}

/** GNU coreutils marks a line whose name holds a backslash by a backslash of its own, and doubles the name's. */
function formatLine(sha256: string, name: string): string {
  return name.includes('\\') ? `\\${sha256}  ${name.replaceAll('\\', '\\\\')}\n` : `${sha256}  ${name}\n`;
}

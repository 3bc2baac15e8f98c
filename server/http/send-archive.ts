import type { Request, Response } from 'express';
import { create as contentDisposition } from 'content-disposition';
import type { Actor } from '../access/actor.ts';
import type { ArchiveItem, ArchiveService } from '../archives/archive-service.ts';
import { writeChunks, type ByteMeter } from './write-chunks.ts';

type ArchiveRequest = {
  actor: Actor;
  items: readonly ArchiveItem[];
  name: string;
  signal: AbortSignal;
  /** Called just before the first byte; may still refuse, and may measure what goes out. */
  beforeBytes?: () => Promise<ByteMeter>;
};

/**
 * Streams entries as one zip with an exact Content-Length. A HEAD plans and reads nothing. A failure on the way cuts
 * the connection short of that length, so that it is never taken for complete.
 */
export async function sendArchive(
  request: Request,
  response: Response,
  archives: ArchiveService,
  { actor, items, name, signal, beforeBytes }: ArchiveRequest,
): Promise<void> {
  const plan = await archives.plan(actor, items, signal);
  response.setHeader('Content-Type', 'application/zip');
  response.setHeader('Content-Length', String(plan.bytes));
  response.setHeader('Content-Disposition', contentDisposition(`${name}.zip`));
  response.setHeader('Accept-Ranges', 'none');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const meter = await beforeBytes?.();
  await writeChunks(response, archives.stream(plan), plan.bytes, meter);
}

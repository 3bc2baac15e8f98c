import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { EntryPath } from '../contract/path.ts';
import type { StoredEntry } from '../files/files-service.ts';
import type { SharedContent } from './shared-content.ts';
import type { SharedItem } from './shared-items.ts';

/** A file of an item; `rest` is what its path has beyond the item's own, with the slash before it. */
export type SharedFile = { item: SharedItem; rest: string; path: EntryPath; entry: StoredEntry };

type FileLinesRequest = { content: SharedContent; items: readonly SharedItem[]; signal: AbortSignal };

/** Streams what `lineOf` makes of every file, in the order of the tree, as plain text. */
export async function sendFileLines(
  request: Request,
  response: Response,
  { content, items, signal }: FileLinesRequest,
  lineOf: (file: SharedFile) => string | Promise<string>,
): Promise<void> {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (request.method !== 'HEAD') {
    for (const item of items) {
      for await (const { path, entry } of content.walk(item.path, signal)) {
        if (entry.kind !== 'file') continue;
        const line = await lineOf({ item, rest: path.slice(item.path.length), path, entry });
        if (!response.write(line)) await once(response, 'drain', { signal });
      }
    }
  }
  response.end();
}

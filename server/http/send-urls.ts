import { once } from 'node:events';
import type { Request, Response } from 'express';
import { encodePath } from '../contract/path.ts';
import type { SharedContent } from './shared-content.ts';
import type { SharedItem } from './shared-items.ts';

/** How a line of the list is written: the bare address, or what a program reads that also says where to save it. */
export type UrlListForm = 'plain' | 'curl' | 'aria2c';

type UrlsRequest = {
  items: readonly SharedItem[];
  /** Below which the files are, without a slash at the end. */
  base: string;
  form: UrlListForm;
  signal: AbortSignal;
};

/** Streams the address of every file, in the order of the tree. */
export async function sendUrls(
  request: Request,
  response: Response,
  content: SharedContent,
  { items, base, form, signal }: UrlsRequest,
): Promise<undefined> {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  for (const item of items) {
    for await (const { path, entry } of content.walk(item.path, signal)) {
      if (entry.kind !== 'file') continue;
      const rest = path.slice(item.path.length);
      const line = formatters[form](`${base}/${encodePath(item.sharedPath + rest)}`, `./${item.name}${rest}`);
      if (!response.write(line)) await once(response, 'drain', { signal });
    }
  }
  response.end();
}

const formatters: Record<UrlListForm, (url: string, file: string) => string> = {
  plain: (url) => `${url}\n`,
  curl: (url, file) => `url = "${url}"\noutput = "${file.replace(/[\\"]/g, '\\$&')}"\n`,
  aria2c: (url, file) => `${url}\n  out=${file}\n`,
};

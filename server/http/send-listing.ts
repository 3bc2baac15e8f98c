import { once } from 'node:events';
import type { Request, Response } from 'express';

/** What a plain listing says of an entry. */
export type PlainEntry = { name: string; kind: 'file' | 'directory'; size: number; modifiedAt: Date };

/**
 * Streams a folder as plain HTML, as web servers have always listed theirs: relative addresses, one a line, which
 * `wget -r`, rclone's `:http:` and people without scripts walk. Nothing in it runs, whatever the names are.
 */
export async function sendListing(
  request: Request,
  response: Response,
  { title, isInside, pages }: { title: string; isInside: boolean; pages: AsyncIterable<PlainEntry[]> },
  signal: AbortSignal,
): Promise<undefined> {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const name = escapeHtml(title);
  response.write(
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="robots" content="noindex">\n` +
      `<title>${name}</title>\n<h1>${name}</h1>\n<pre>\n${isInside ? '<a href="../">../</a>\n' : ''}`,
  );
  for await (const entries of pages) {
    if (!response.write(entries.map(formatLine).join(''))) await once(response, 'drain', { signal });
  }
  response.end('</pre>\n');
}

function formatLine({ name, kind, size, modifiedAt }: PlainEntry): string {
  const mark = kind === 'directory' ? '/' : '';
  const date = modifiedAt.toISOString().slice(0, 16).replace('T', ' ');
  const bytes = kind === 'directory' ? '-' : String(size);
  // A name may begin like an address of another kind (`javascript:`): the colon is encoded with the rest.
  const href = encodeURIComponent(name).replaceAll("'", '%27');
  return `<a href="${href}${mark}">${escapeHtml(name)}${mark}</a>  ${date}  ${bytes}\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

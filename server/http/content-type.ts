import mime from 'mime';

/** Types that a browser shows without running anything in them. Whatever is not here is handed out as a download. */
const inlineTypes = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'image/x-icon',
  'image/vnd.microsoft.icon',
  'image/svg+xml',
  'application/pdf',
]);
const inlineFamily = /^(?:video|audio)\//;

export type Presentation = { name: string; contentType: string; disposition: 'inline' | 'attachment' };

/**
 * How a file is presented, by its name alone: what a client once said about its type is not believed. Inline is for
 * what is inert; text is shown as plain text, whatever markup it holds.
 */
export function presentationOf(name: string, wantsInline: boolean): Presentation {
  const type = mime.getType(name) ?? 'application/octet-stream';
  if (!wantsInline)
    return {
      name,
      contentType: isActive(type) ? 'application/octet-stream' : type,
      disposition: 'attachment',
    };
  if (inlineTypes.has(type) || inlineFamily.test(type))
    return { name, contentType: type, disposition: 'inline' };
  return { name, contentType: 'text/plain; charset=utf-8', disposition: 'inline' };
}

/** Types that can carry script when a browser is made to render them. */
function isActive(type: string): boolean {
  return /html|xml|svg|javascript|ecmascript|pdf|flash|wasm|mhtml|message\/rfc822/.test(type);
}

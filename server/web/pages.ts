import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import { AppError } from '../contract/app-error.ts';

/** SvelteKit as a part of the server, and how to let go of it. */
export type Pages = { handler: RequestHandler; close: () => Promise<void> };

/** Set by us on every request, whatever the client sent: SvelteKit learns from it which scheme was asked. */
const protocolHeader = 'x-drey-protocol';

const builtHandler = new URL('../../build/handler.js', import.meta.url);

/** The pages as they were built. Throws `unavailable` when they were not. */
export async function loadBuiltPages(publicUrl: string): Promise<Pages> {
  if (!existsSync(fileURLToPath(builtHandler))) {
    throw new AppError('unavailable', 'The pages are not built yet. Run: npm run build');
  }
  // Read once, when the handler is imported.
  if (publicUrl !== '') process.env.ORIGIN = publicUrl;
  process.env.PROTOCOL_HEADER = protocolHeader;
  const { handler } = (await import(builtHandler.href)) as { handler: RequestHandler };
  return { handler: withProtocol(handler), close: async () => {} };
}

/** The pages straight from `src`, renewed in the browser while they are edited. */
export async function createDevelopmentPages(server: Server): Promise<Pages> {
  const { createServer } = await import('vite');
  const vite = await createServer({ appType: 'custom', server: { middlewareMode: true, hmr: { server } } });
  return { handler: withProtocol(vite.middlewares as unknown as RequestHandler), close: () => vite.close() };
}

function withProtocol(handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    request.headers[protocolHeader] = request.protocol;
    return handler(request, response, next);
  };
}

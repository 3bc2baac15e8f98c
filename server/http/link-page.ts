import type { Request, RequestHandler } from 'express';
import { hasCode } from '../contract/app-error.ts';
import {
  askPassword,
  curlCheck,
  curlFile,
  curlSend,
  curlText,
  curlTree,
  curlZip,
} from '../contract/curl-command.ts';
import type { OpenLink } from '../links/link-gate.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import { proofOf, senderOf } from './link-proof.ts';
import { originOf, visitorOf } from './request-context.ts';
import { privateHeaders } from './response-headers.ts';

/**
 * `GET /s/<token>`: a person gets the page, which SvelteKit renders further on; a program that does not accept HTML gets
 * a text that says how to fetch.
 */
export function linkPage(services: HttpDependencies): RequestHandler {
  return async (request, response, next) => {
    const isForPeople = request.accepts(['text/plain', 'text/html']) === 'text/html' && acceptsHtml(request);
    try {
      const link = await services.linkGate.open(request.params.token as string, proofOf(request));
      if (request.method === 'GET') services.linkTimeline.opened(link.actor.id, visitorOf(request));
      if (link.mode === 'drop') senderOf(request, response, services.dropVisitors, link.actor.id);
      if (isForPeople) return next();
      const origin = originOf(request, services.config.publicUrl);
      privateHeaders(request, response, () => undefined);
      response.type('text/plain').send(explain(`${origin}${request.path}`, link));
    } catch (error) {
      // The page says the same in kinder words, and asks the gate itself.
      if (isForPeople && hasCode(error, 'gone', 'not_found', 'unauthenticated')) return next();
      privateHeaders(request, response, () => undefined);
      if (hasCode(error, 'gone')) response.status(410).type('text/plain').send(`${error.reason}\n`);
      else if (hasCode(error, 'not_found')) response.status(404).type('text/plain').send('not found\n');
      else if (hasCode(error, 'unauthenticated')) {
        response
          .status(401)
          .set('WWW-Authenticate', 'Basic realm="link"')
          .type('text/plain')
          .send(`${error.message}\n\nTo give it:\ncurl -u :PASSWORD <this address>\n`);
      } else throw error;
    }
  };
}

function acceptsHtml(request: Request): boolean {
  return (request.headers.accept ?? '').includes('text/html');
}

function explain(base: string, link: OpenLink): string {
  const steps = {
    ...(link.hasPassword && { 'First, type the password': askPassword }),
    ...stepsOf(base, link),
  };
  return Object.entries(steps)
    .map(([what, command]) => `${what}:\n${command}\n`)
    .join('\n');
}

function stepsOf(
  base: string,
  { actor, hasPassword, mode, downloadsLeft }: OpenLink,
): Record<string, string> {
  const [item] = actor.items;
  const at = (rest: string) => ({ url: `${base}/${rest}`, hasPassword });
  if (mode === 'drop') {
    return {
      'To send a file': curlSend(at('bulk')),
      'To send a large one so that it can be resumed': `tus 1.0.0 at ${base}/uploads, metadata: path`,
    };
  }
  if (actor.items.length === 1 && item?.kind === 'file') {
    return {
      'To download, and to go on after a break': curlFile(at('raw'), item.name),
      'To check it': curlCheck(at('SHA256SUMS')),
    };
  }
  return {
    // With a limit each file by itself would use up a download.
    ...(downloadsLeft === null && {
      'To download file by file, and to go on after a break': curlTree(at('urls?for=curl')),
    }),
    'To download all as one zip': curlZip(at('zip')),
    'To check every file': curlCheck(at('SHA256SUMS')),
    'To download one file of it': curlZip(at('raw/<path>')),
    'To see what there is, as JSON': curlText(at('entries')),
    'To walk it with wget -r or rclone': `${base}/raw/`,
  };
}

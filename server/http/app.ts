import { randomBytes } from 'node:crypto';
import { parse as parseQuery } from 'node:querystring';
import express, { type Express, type RequestHandler } from 'express';
import { AppError } from '../contract/app-error.ts';
import { scrubUrl, type Logger } from '../base/logger.ts';
import { accountHandlers } from './handlers/account-handlers.ts';
import { comparisonHandlers } from './handlers/comparison-handlers.ts';
import { auditHandlers } from './handlers/audit-handlers.ts';
import { dropHandlers } from './handlers/drop-handlers.ts';
import { entryHandlers } from './handlers/entry-handlers.ts';
import { grantHandlers } from './handlers/grant-handlers.ts';
import { inviteHandlers } from './handlers/invite-handlers.ts';
import { linkHandlers } from './handlers/link-handlers.ts';
import { serviceHandlers } from './handlers/service-handlers.ts';
import { signInHandlers } from './handlers/sign-in-handlers.ts';
import { undoHandlers } from './handlers/undo-handlers.ts';
import { uploadHandlers } from './handlers/upload-handlers.ts';
import { visitorHandlers } from './handlers/visitor-handlers.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import { errorResponder } from './error-responder.ts';
import { linkPage } from './link-page.ts';
import { linkHeaders, privateHeaders, securityHeaders } from './response-headers.ts';
import { createRouter } from './route-router.ts';
import { sameOrigin } from './same-origin.ts';
import { TusEndpoint } from './tus-endpoint.ts';

/**
 * The one door: log, headers, the rows of the route table, and last the pages. `pages` is SvelteKit's handler; without
 * it (in tests of the API) what is no route is 404.
 */
export function createApp(services: HttpDependencies, pages?: RequestHandler): Express {
  const { config, log } = services;
  const app = express();
  const tus = new TusEndpoint(services.uploads, log);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  // Node's own limit of a thousand keys drops the others in silence; the size of the head is limit enough.
  app.set('query parser', (query: string) => parseQuery(query, '&', '=', { maxKeys: 0 }));
  app.set('trust proxy', config.trustProxy.length > 0 && config.trustProxy);

  app.use(requestLog(log));
  app.use(securityHeaders(config.publicUrl));
  app.use('/s', linkHeaders);
  app.use('/api', sameOrigin(config.publicUrl));
  app.use(
    createRouter(
      {
        ...serviceHandlers,
        ...accountHandlers,
        ...auditHandlers,
        ...entryHandlers,
        ...comparisonHandlers,
        ...undoHandlers,
        ...grantHandlers,
        ...inviteHandlers,
        ...signInHandlers,
        ...linkHandlers,
        ...visitorHandlers,
        ...uploadHandlers(tus, services),
        ...dropHandlers(tus),
      },
      services,
    ),
  );
  app.get('/s/:token', linkPage(services));
  app.use('/api', privateHeaders, nothingHere);
  if (pages) app.use(pages);
  app.use(privateHeaders, nothingHere);
  app.use(errorResponder(log));
  return app;
}

const nothingHere: RequestHandler = () => {
  throw new AppError('not_found', 'There is nothing at this address.');
};

/** One line a request, at level `debug`: tokens cut, nothing of the query. */
function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    if (log.isLevelEnabled('debug')) {
      const startedAt = performance.now();
      const id = randomBytes(4).toString('hex');
      response.once('close', () => {
        const milliseconds = Math.round(performance.now() - startedAt);
        log.debug(
          {
            id,
            method: request.method,
            url: scrubUrl(request.originalUrl),
            status: response.statusCode,
            milliseconds,
          },
          'request',
        );
      });
    }
    next();
  };
}

import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { z } from 'zod';
import { AppError } from '../contract/app-error.ts';
import { parseEncodedPath } from '../contract/path.ts';
import { maxArchiveItems } from '../contract/limits.ts';
import { routes, type Policy, type Route, type RouteName } from '../contract/routes.ts';
import type { SignedInUser } from '../access/actor.ts';
import { requireUser } from './authentication.ts';
import type { OpenLink } from '../links/link-gate.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import { acceptBody, type Answer, type Context, type Handler } from './request-context.ts';
import { isResuming, proofOf } from './link-proof.ts';
import { privateHeaders } from './response-headers.ts';
import { refuseSlowBodies } from './slow-bodies.ts';

/** One handler a row: a row without one does not compile. */
export type Handlers = { [Name in RouteName]: Handler<(typeof routes)[Name]> };

/** A JSON body may be this large: enough for ten thousand URIs from those we know, a form from those we do not. */
const bodyLimits = { known: '4mb', unknown: '16kb' };

/** Names of thousands of items fill a form. */
const formParser = express.urlencoded({
  limit: bodyLimits.known,
  parameterLimit: maxArchiveItems + 1,
  extended: false,
});

export function fullPath(route: Route): string {
  return `${route.base ?? '/api/v1'}${route.path}`;
}

/** Makes the router from the rows: who is asking, then what they ask, then the handler. */
export function createRouter(handlers: Handlers, services: HttpDependencies): RequestHandler {
  const branches = new Branches();
  const refuseSlow = refuseSlowBodies(services.config.minUploadRate, services.log);
  const rows = Object.entries(routes) as [RouteName, Route][];
  for (const path of mostPreciseFirst(rows.map(([, route]) => fullPath(route)))) {
    const branch = branches.at(path);
    const known = rows.filter(([, route]) => fullPath(route) === path);
    for (const [name, route] of known) {
      const register = route.method.toLowerCase() as Lowercase<Route['method']>;
      branch[register](
        path,
        privateHeaders,
        ...(route.bodyType === undefined ? [] : [refuseSlow]),
        // The handler's type is tied to its row above; here, all rows are alike.
        serve(route, handlers[name] as Handler<Route>, services),
      );
    }
    branch.all(path, privateHeaders, refuseMethod(methodsOf(known.map(([, route]) => route.method))));
  }
  return (request, response, next) => branches.pass(request, response, next);
}

/** An address that a row spells out is that row's alone, whatever others would take its place for a name. */
function mostPreciseFirst(paths: string[]): string[] {
  const rank = (path: string) => `${path.replace(/\/[:*]/g, '/\uffff')}\uffff`;
  return [...new Set(paths)].toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

function methodsOf(known: Route['method'][]): string {
  return [...new Set([...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].join(', ');
}

/** A router for each kind of thing (`api/…/links`, `s/…/raw`), so that a request is not held against the rows of all others. */
class Branches {
  readonly #routers = new Map<string, Router>();

  at(path: string): Router {
    const name = branchOf(path);
    const router = this.#routers.get(name) ?? express.Router({ caseSensitive: true, strict: true });
    this.#routers.set(name, router);
    return router;
  }

  pass(...[request, response, next]: Parameters<RequestHandler>): void {
    const router = this.#routers.get(branchOf(request.path));
    if (router) router(request, response, next);
    else next();
  }
}

/** The first and the third segment, which every row spells out if it has them. */
function branchOf(path: string): string {
  const [, first, , third = ''] = path.split('/', 4);
  return `${first}/${third}`;
}

function refuseMethod(allowed: string): RequestHandler {
  return (request, response, next) => {
    response.setHeader('Allow', allowed);
    if (request.method === 'OPTIONS') response.status(204).end();
    else
      response
        .status(405)
        .json({ error: { code: 'invalid', message: `Only ${allowed} can be asked here.` } });
    void next;
  };
}

function serve(route: Route, handler: Handler<Route>, services: HttpDependencies): RequestHandler {
  const parseBody =
    route.body &&
    express.json({
      limit: ['anyone', 'locked-link'].includes(route.policy.who) ? bodyLimits.unknown : bodyLimits.known,
    });
  return async (request, response) => {
    const context = await createContext(route, request, response, services);
    // Disabled, signed out or deleted anywhere: what they still have running is cut.
    if (context.user) {
      response.once(
        'close',
        services.standing.watch(context.user, () => request.destroy()),
      );
    }
    if (parseBody) {
      acceptBody(request, response);
      await new Promise<void>((resolve, reject) => {
        parseBody(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      });
      if (route.acceptsForm) await parseForm(request, response);
      // A body may be long in coming: what its sender may is what they may now.
      context.user = (await findCaller(route, request, services)) as undefined;
      context.body = parseWith(route.body, request.body ?? {}) as undefined;
    }
    answer(route, response, await handler(context));
  };
}

/** A form of a page whose scripts do not run. */
function parseForm(request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    formParser(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
  });
}

async function createContext(
  route: Route,
  request: Request,
  response: Response,
  services: HttpDependencies,
): Promise<Context> {
  const { who } = route.policy;
  const user = await findCaller(route, request, services);
  const link = who === 'link' || who === 'drop' ? await openLink(who, request, services) : undefined;
  const rest = encodedRest(route, request);
  return {
    request,
    response,
    services,
    user: user as undefined,
    link: link as undefined,
    params: request.params as Record<string, string>,
    path: (who === 'user' && rest !== undefined ? parsePath(rest) : undefined) as undefined,
    sharedPath:
      link && rest !== undefined ? parsePath(`${link.actor.id}/${rest}`).slice(link.actor.id.length + 1) : '',
    query: parseWith(route.query, request.query) as undefined,
    body: undefined,
  };
}

/** Who is asking, of a row that is for users. Throws when it is not for this one. */
async function findCaller(
  { policy }: Route,
  request: Request,
  services: HttpDependencies,
): Promise<SignedInUser | undefined> {
  if (policy.who !== 'user' && policy.who !== 'admin') return undefined;
  const user = await requireUser(request, services);
  if (policy.who === 'admin' && !user.isAdmin)
    throw new AppError('forbidden', 'Only an administrator may do this.');
  if (user.narrowing && !isForNarrowed(policy)) {
    throw new AppError('forbidden', 'This token is for files only.', { reason: 'narrowed_token' });
  }
  return user;
}

function isForNarrowed(policy: Policy): boolean {
  return policy.who === 'user' && (policy.level !== undefined || policy.forNarrowed !== undefined);
}

/** The link that a request comes by, if it is of the row's kind. */
async function openLink(
  who: 'link' | 'drop',
  request: Request,
  { linkGate }: HttpDependencies,
): Promise<OpenLink> {
  const link = await linkGate.open(request.params.token as string, proofOf(request), {
    isResuming: isResuming(request),
  });
  if ((link.mode === 'drop') !== (who === 'drop')) {
    throw link.mode === 'drop'
      ? new AppError('forbidden', 'This link takes files and gives none.', { reason: 'drop_only' })
      : new AppError('forbidden', 'This link gives files and takes none.', { reason: 'read_only' });
  }
  return link;
}

/** What `*path` stands for, as it was sent: decoding is the path parser's, and happens once. */
function encodedRest(route: Route, request: Request): string | undefined {
  const segments = fullPath(route).split('/');
  const star = segments.indexOf('*path');
  if (star === -1) return undefined;
  // A client may send the whole URL (RFC 9112 3.2.2).
  const target = request.originalUrl.replace(/^https?:\/\/[^/?]*/i, '');
  const rest = (target.split('?', 1)[0] as string).split('/').slice(star).join('/');
  // The slash is the row's own, not the path's.
  return route.path.endsWith('/') ? rest.slice(0, -1) : rest;
}

function parsePath(encoded: string) {
  // A slash at the end makes a file's address another one, at which there is nothing.
  if (encoded.endsWith('/'))
    throw new AppError('not_found', 'There is nothing here. Leave the slash at the end away.');
  return parseEncodedPath(encoded);
}

function parseWith(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Of one field, the first problem is enough.
  const sentences = new Map<string, string>();
  for (const { path, message } of parsed.error.issues) {
    const where = path.map(String).join('.');
    const sentence = /[.?!]$/.test(message) ? message : `${message}.`;
    if (!sentences.has(where)) sentences.set(where, where === '' ? sentence : `${where}: ${sentence}`);
  }
  throw new AppError('invalid', [...sentences.values()].slice(0, 5).join(' '), { reason: 'bad_request' });
}

function answer(route: Route, response: Response, result: Answer): void {
  if (response.headersSent) return;
  if (result) response.status(result.status ?? route.status ?? 200).json(result.body);
  else if (!response.writableEnded) response.status(route.status ?? 204).end();
}

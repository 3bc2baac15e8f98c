import type { Request, Response } from 'express';
import type { z } from 'zod';
import { AppError } from '../contract/app-error.ts';
import type { EntryPath } from '../contract/path.ts';
import type { Route } from '../contract/routes.ts';
import type { SignedInUser } from '../access/actor.ts';
import type { OpenLink } from '../links/link-gate.ts';
import type { Visitor } from '../links/link-timeline.ts';
import type { HttpDependencies } from './http-dependencies.ts';

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler is given: everything about the request has been checked against its row by then. */
export type Context<R extends Route = Route> = {
  request: Request;
  response: Response;
  services: HttpDependencies;
  /** The caller, where the row's policy asks for a user. */
  user: R['policy'] extends { who: 'user' | 'admin' } ? SignedInUser : undefined;
  /** The link, where the row's policy asks for one. */
  link: R['policy'] extends { who: 'link' | 'drop' } ? OpenLink : undefined;
  params: Record<string, string>;
  /** What `*path` stands for on a user's route. */
  path: R['policy'] extends { on: 'path'; who: 'user' } ? EntryPath : undefined;
  /** What `*path` stands for under a link, or '' without one: not yet resolved to an item. */
  sharedPath: string;
  query: Parsed<R['query']>;
  body: Parsed<R['body']>;
};

/** A JSON answer, or undefined from a handler that wrote the response itself or has nothing to say. */
export type Answer = { status?: number; body: unknown } | undefined;
export type Handler<R extends Route> = (context: Context<R>) => Promise<Answer>;

/** Aborted when the client goes away before it has its answer. */
export function abortSignalOf(response: Response): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!response.writableFinished) controller.abort(new AppError('unavailable', 'The client went away.'));
  };
  if (response.destroyed) abort();
  else response.once('close', abort);
  return controller.signal;
}

/** The caller's address: the socket's peer, or what a trusted proxy says. */
export function addressOf(request: Request): string {
  // Express reads the forwarding headers even where nobody's are believed.
  const address = request.app.enabled('trust proxy') ? request.ip : request.socket.remoteAddress;
  return (address ?? '').replace(/^::ffff:/, '');
}

/** Who comes by a link, as far as one can tell. */
export function visitorOf(request: Request): Visitor {
  return { address: addressOf(request), userAgent: request.headers['user-agent'] ?? '' };
}

/** What a client calls a request that it may send again; throws `invalid` for what is no such name. */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\w-]{16,64}$/.test(key)) return key;
  throw new AppError('invalid', 'An Idempotency-Key has 16 to 64 letters, digits, "-" or "_".', {
    reason: 'bad_key',
  });
}

/** The origin that people use: as configured, else the one that was asked. */
export function originOf(request: Request, publicUrl: string): string {
  return publicUrl || `${request.protocol}://${request.host}`;
}

/** The first moment at which a body is wanted; a client that waits to be asked (RFC 9110 10.1.1) is told to go on. */
export function acceptBody(request: Request, response: Response): Request {
  if (request.headers.expect?.toLowerCase() === '100-continue' && !response.headersSent)
    response.writeContinue();
  return request;
}

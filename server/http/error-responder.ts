import type { ErrorRequestHandler, Request, Response } from 'express';
import { AppError, type ErrorBody, type ErrorCode } from '../contract/app-error.ts';
import { scrubUrl, type Logger } from '../base/logger.ts';
import { statusOf } from './error-table.ts';
import { privateHeaders } from './response-headers.ts';

/** Errors of Express and its parsers carry a status; these are the ones that are the client's doing. */
const codeOfStatus = new Map<number, ErrorCode>([
  [400, 'invalid'],
  [413, 'too_large'],
  [415, 'invalid'],
]);

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { status, code: word } = error as { status?: number; code?: string };
  if (word === 'ECONNRESET' || word === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new AppError('invalid', 'The connection ended before the request was complete.', { cause: error });
  }
  const code = codeOfStatus.get(status ?? 0);
  if (code === 'too_large')
    return new AppError(code, 'The request is larger than is accepted here.', { cause: error });
  if (code) return new AppError(code, 'The request could not be understood.', { cause: error });
  return new AppError('internal', 'Something went wrong on the server. It was logged.', { cause: error });
}

export function toErrorBody({ code, reason, message }: AppError): ErrorBody {
  return { error: { code, ...(reason !== undefined && { reason }), message } };
}

/** Answers an error, as JSON to programs, or, once bytes are on their way, cuts the connection: a short body must look broken. */
export function answerError(error: unknown, request: Request, response: Response, log: Logger): void {
  const appError = toAppError(error);
  if (appError.code === 'internal' || (response.headersSent && !response.writableFinished)) {
    const wasLeft = response.destroyed || request.destroyed;
    if (!wasLeft)
      log.error({ error: appError.cause ?? appError, url: scrubUrl(request.originalUrl) }, 'request failed');
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of ['Content-Length', 'Content-Disposition', 'Content-Type', 'ETag', 'Last-Modified']) {
    response.removeHeader(name);
  }
  // A 416 says with it how long the file is (RFC 9110 15.5.17).
  if (appError.code !== 'range_invalid') response.removeHeader('Content-Range');
  // Not every error comes from a row: some are thrown before one is found.
  privateHeaders(request, response, () => {});
  // What is left of a body that nobody will read must not be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close');
  if (appError.code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
  if (appError.retryAfter !== undefined) response.setHeader('Retry-After', appError.retryAfter);
  response.status(statusOf[appError.code]);
  if (isFollowed(request)) response.type('text/plain').send(`${appError.message}\n`);
  else response.json(toErrorBody(appError));
}

/** Whether a person followed an address below a link: they are told in words what a program reads as JSON. */
function isFollowed({ originalUrl, headers }: Request): boolean {
  return originalUrl.startsWith('/s/') && (headers.accept ?? '').startsWith('text/html');
}

export function errorResponder(log: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => answerError(error, request, response, log);
}

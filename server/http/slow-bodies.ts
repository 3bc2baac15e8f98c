import type { Request, RequestHandler } from 'express';
import { AppError } from '../contract/app-error.ts';
import type { Logger } from '../base/logger.ts';
import { answerError } from './error-responder.ts';

const windowMs = 60_000;

/**
 * Instead of a limit on the time of a whole request, which cuts long uploads: a body must bring so many bytes a second, on
 * average over a minute. What waits for us to read it is not held against its sender. Ends the request with
 * `unavailable`, reason `too_slow`; what tus has received stays.
 */
export function refuseSlowBodies(minBytesPerSecond: number, log: Logger): RequestHandler {
  return (request, response, next) => {
    request.setTimeout(0);
    const { socket } = request;
    let seen = socket.bytesRead;
    const watch = setInterval(() => {
      const arrived = socket.bytesRead - seen;
      seen = socket.bytesRead;
      if (request.complete || waitsForUs(request) || arrived >= (minBytesPerSecond * windowMs) / 1000) return;
      clearInterval(watch);
      const error = new AppError(
        'unavailable',
        `For a minute less than ${minBytesPerSecond} bytes a second have come. Go on when the connection is better.`,
        { reason: 'too_slow' },
      );
      response.once('finish', () => request.destroy());
      answerError(error, request, response, log);
    }, windowMs).unref();
    response.once('close', () => clearInterval(watch));
    next();
  };
}

function waitsForUs(request: Request): boolean {
  return request.readableLength >= request.readableHighWaterMark || request.isPaused();
}

import { pino, type Logger } from 'pino';

export type { Logger };

/** A link's token as it may stand in a log: enough to tell two apart, useless to whoever reads it. */
export function shortenToken(token: string): string {
  return `${token.slice(-6)}…`.padStart(10, '…');
}

/** A JWT's look, wherever in an address it was mistakenly put; and whatever stands in the place of a link's token. */
const tokens = /eyJ[\w-]+(?:\.|%2e)[\w-]+(?:\.|%2e)[\w-]+|(?<=^\/s\/)[^/]+/gi;

/** A URL as it may stand in a log: link tokens are cut, the query (which may hold names) is dropped. */
export function scrubUrl(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.replace(tokens, shortenToken).slice(0, 500);
}

export function createLogger(level: string): Logger {
  return pino({
    level,
    base: undefined,
    serializers: { error: pino.stdSerializers.err },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers', 'password', 'token'],
  });
}

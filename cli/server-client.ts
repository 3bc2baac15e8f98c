import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { AppError, hasCode } from '../server/contract/app-error.ts';
import {
  codeOfStatus,
  errorOfBody,
  explainNoConnection,
  explainStranger,
  isStranger,
} from './answer-meaning.ts';
import { OneBufferAgent } from './one-buffer-agent.ts';
import { RetryPacing } from './retry-pacing.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A body that can be sent again: called anew for each try. Each chunk need be valid only until the next is asked for. */
export type BodySource = () => AsyncIterable<Uint8Array> | Uint8Array;

export type Call = {
  query?: [name: string, value: string][];
  headers?: Record<string, string>;
  json?: unknown;
  body?: BodySource;
  signal?: AbortSignal | undefined;
  /**
   * What a passing failure leads to: asking again, `always` (the default of methods that may be asked twice), only when
   * the server did not do what was asked, `unsent`, or `never`, when the caller has its own way to go on.
   */
  repeat?: 'always' | 'unsent' | 'never';
  /** A field that the answer's JSON has when it is Drey's. */
  wants?: string;
};

export type ClientOptions = {
  /** The server's origin. */
  url: string;
  token?: string;
  /** How long a server that answered before may be silent or busy, in ms, before its caller is told. */
  patienceMs: number;
  signal: AbortSignal;
  /** Told each request and its outcome. */
  trace?: (line: string) => void;
};

/** A connection on which nothing moves for so long is given up, and its request tried again. */
const silenceMs = 90_000;
const maxSockets = 32;

/**
 * Speaks HTTP to one server. What fails in passing (a lost connection, 423, 429, 503) is tried again with growing
 * pauses, for as long as the patience lasts; everything else becomes the `AppError` that the server meant.
 */
export class ServerClient {
  readonly #origin: URL;
  readonly #token: string | undefined;
  readonly #agent: http.Agent;
  readonly #transport: typeof http | typeof https;
  readonly #options: ClientOptions;
  /** Whether the server has answered anything yet: before, waiting for it makes no sense. */
  #hasAnswered = false;
  #isAway = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#origin = new URL(options.url);
    this.#token = options.token;
    const isEncrypted = this.#origin.protocol === 'https:';
    this.#transport = isEncrypted ? https : http;
    this.#agent = new (isEncrypted ? https.Agent : OneBufferAgent)({ keepAlive: true, maxSockets });
  }

  get url(): string {
    return this.#origin.origin;
  }

  /** Whether the last that was heard is that nobody is there: what is under way waits for the server to come back. */
  get isAway(): boolean {
    return this.#isAway;
  }

  createPacing(signal: AbortSignal = this.#options.signal): RetryPacing {
    return new RetryPacing(this.#options.patienceMs, signal);
  }

  /** Asks, and reads the answer's JSON. */
  async json<T>(method: Method, path: string, call: Call = {}): Promise<T> {
    return this.#repeat(method, call, async () => {
      const response = await this.#exchange(method, path, call);
      const body = await readText(response);
      const answer = body === '' ? undefined : parseJson(body);
      const { wants } = call;
      if ((body !== '' && answer === undefined) || (wants !== undefined && !hasField(answer, wants))) {
        throw explainStranger(this.url);
      }
      return answer as T;
    });
  }

  /** Asks, and answers the response with its body unread. The caller reads it to its end, or destroys it. */
  async send(method: Method, path: string, call: Call = {}): Promise<http.IncomingMessage> {
    return this.#repeat(method, call, () => this.#exchange(method, path, call));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #repeat<T>(method: Method, call: Call, attempt: () => Promise<T>): Promise<T> {
    const { signal, repeat = ['GET', 'HEAD', 'PUT', 'DELETE'].includes(method) ? 'always' : 'unsent' } = call;
    const pacing = this.createPacing(signal);
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!this.#mayRepeat(error, repeat)) throw error;
        await pacing.waitAfter(error);
      }
    }
  }

  #mayRepeat(error: unknown, repeat: Call['repeat']): boolean {
    if (repeat === 'never' || !this.#hasAnswered || !isPassing(error)) return false;
    // A refusal for the time being, and a connection that never was, left nothing behind.
    return repeat === 'always' || !hasCode(error, 'unavailable') || error.reason === 'not_connected';
  }

  /** One try: the response when its status is a success, else the error that it stands for. */
  async #exchange(method: Method, path: string, call: Call): Promise<http.IncomingMessage> {
    const response = await this.#request(method, path, call);
    this.#hasAnswered = true;
    const { statusCode = 0 } = response;
    this.#isAway = codeOfStatus(statusCode) === 'unavailable';
    this.#options.trace?.(`${method} ${path} → ${statusCode}`);
    if (isStranger(response)) {
      response.destroy();
      throw explainStranger(this.url);
    }
    if (statusCode < 300) return response;
    const error = await readError(response, method);
    if (error.code !== 'unauthenticated' || this.#token === undefined) throw error;
    throw new AppError(
      'unauthenticated',
      `${this.url} does not take your token (any more). Run: drey login ${this.url}`,
      { reason: error.reason, cause: error },
    );
  }

  #request(method: Method, path: string, call: Call): Promise<http.IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const url = new URL(path, this.#origin);
    for (const [name, value] of call.query ?? []) url.searchParams.append(name, value);
    const body = call.json === undefined ? call.body?.() : Buffer.from(JSON.stringify(call.json));
    const signal = call.signal ?? this.#options.signal;
    const request = this.#transport.request(url, {
      method,
      agent: this.#agent,
      signal,
      timeout: silenceMs,
      headers: {
        ...(this.#token && { Authorization: `Bearer ${this.#token}` }),
        'User-Agent': 'drey-cli',
        Accept: 'application/json, */*',
        ...(call.json !== undefined && { 'Content-Type': 'application/json' }),
        ...(body instanceof Uint8Array && { 'Content-Length': String(body.length) }),
        ...call.headers,
      },
    });
    const ending = new AbortController();
    const fail = (error: NodeJS.ErrnoException) => {
      ending.abort();
      if (signal.aborted) return reject(signal.reason as Error);
      this.#isAway = true;
      this.#options.trace?.(`${method} ${path} → ${error.code ?? error.message}`);
      reject(explainNoConnection(this.url, error, this.#hasAnswered));
    };
    request.once('error', fail);
    request.once('timeout', () => request.destroy(new Error('the server is silent')));
    request.once('response', (response) => {
      // A refusal may come while the body is still on its way: it is what counts, not the broken pipe after it.
      request.off('error', fail);
      request.on('error', () => {});
      ending.abort();
      resolve(response);
    });
    if (body === undefined || body instanceof Uint8Array) request.end(body);
    else {
      sendBody(request, body, ending.signal).catch((error: unknown) => {
        reject(error as Error);
        request.destroy();
      });
    }
    return promise;
  }
}

/** Resolves when all is sent, or nothing more need be; what yields the chunks is ended in both cases. */
async function sendBody(
  request: http.ClientRequest,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  // Standard input may have nothing to say for long.
  if (body instanceof Readable) signal.addEventListener('abort', () => body.destroy());
  try {
    for await (const chunk of body) if (signal.aborted || !(await sendChunk(request, chunk))) return;
    request.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Resolves when the socket has the chunk: true, or false when the connection is gone. */
function sendChunk(request: http.ClientRequest, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    request.once('close', gone);
    request.write(chunk, (error) => {
      request.off('close', gone);
      resolve(!error);
    });
  });
}

/** Whether the same request may well succeed a little later. */
export function isPassing(error: unknown): boolean {
  return hasCode(error, 'unavailable', 'locked', 'rate_limited') && error.reason !== 'not_drey';
}

async function readText(response: http.IncomingMessage): Promise<string> {
  try {
    return await text(response);
  } catch (cause) {
    throw new AppError('unavailable', 'The connection was lost in the middle of an answer.', { cause });
  }
}

async function readError(response: http.IncomingMessage, method: Method): Promise<AppError> {
  const status = response.statusCode ?? 0;
  const retryAfter = Number(response.headers['retry-after']);
  const cause = Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : undefined;
  const body = method === 'HEAD' ? '' : await readText(response).catch(() => '');
  if (method === 'HEAD') response.resume();
  const told = errorOfBody(parseJson(body));
  if (!told) return new AppError(codeOfStatus(status), `The server answered ${status}.`, { cause });
  return new AppError(told.code, told.message, { reason: told.reason, cause });
}

/** What a text says as JSON; undefined when it is none. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function hasField(answer: unknown, name: string): boolean {
  return typeof answer === 'object' && answer !== null && name in answer;
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { Server } from '@tus/server';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { AppError, type ErrorCode } from '../contract/app-error.ts';
import type { Logger } from '../base/logger.ts';
import type { UploadsService } from '../uploads/uploads-service.ts';
import { partDigestOf, reprSha256, tusChecksumAlgorithms } from './digest-fields.ts';
import { statusOf } from './error-table.ts';
import { toAppError, toErrorBody } from './error-responder.ts';
import { acceptBody } from './request-context.ts';
import { UploadLocker } from './tus-locker.ts';
import { TusStore, type TusDoor, type TusExchange } from './tus-store.ts';

/** What the library believes its address to be; each door has its own. */
const uploadsPath = '/uploads';
const version = '1.0.0';

/** The only headers that the protocol knows; others, such as a proxy's, would only be misread. */
const knownHeaders = [
  'tus-resumable',
  'upload-offset',
  'upload-length',
  'upload-defer-length',
  'upload-metadata',
  'upload-concat',
  'content-type',
  'content-length',
];

/** tus 1.0.0, "Checksum": the bytes are not what their sender said. */
const checksumMismatch = 460;

/** tus clients take 409 and 5xx for a passing trouble, ask again with HEAD, and then believe that all is done. */
const tusCodes: Partial<Record<ErrorCode, ErrorCode>> = {
  conflict: 'precondition_failed',
  internal: 'locked',
  unavailable: 'locked',
};

/**
 * Speaks tus 1.0.0 (https://tus.io/protocols/resumable-upload) by way of a library, which keeps to the protocol while
 * `UploadsService` keeps the bytes: the library sees the headers, never the body.
 */
export class TusEndpoint {
  readonly #server: Server;
  readonly #store: TusStore;
  readonly #uploads: UploadsService;
  /** Who is speaking, for the library's hooks, which are told only of the request. */
  readonly #exchanges = new AsyncLocalStorage<TusExchange>();

  constructor(uploads: UploadsService, log: Logger) {
    this.#uploads = uploads;
    this.#store = new TusStore(uploads, () => this.#exchange());
    this.#server = new Server({
      path: uploadsPath,
      datastore: this.#store,
      locker: new UploadLocker(() => this.#exchange().interrupt),
      relativeLocation: true,
      namingFunction: async (request) => {
        const { headers } = request;
        const { row } = await this.#store.begin(
          headers.get('upload-length'),
          headers.get('upload-metadata') ?? '',
        );
        return row.id;
      },
      onUploadFinish: async (_request, upload) => {
        return { headers: await this.#exchange().door.finish(upload.id) };
      },
      onResponseError: (_request, error) => {
        const { status_code, body } = error as { status_code?: number; body?: string };
        // The library's own refusals stand: a wrong offset is its 409, which the protocol asks for.
        if (status_code !== undefined && body !== undefined) {
          // What is asked for and not spoken here is the client's mistake, and trying again does not help.
          const status = status_code === 501 ? 400 : status_code;
          return { status_code: status, body: wrap(status, body) };
        }
        const appError = toAppError(error);
        if (appError.code === 'internal') log.error({ error: appError.cause }, 'an upload failed');
        return describe(appError);
      },
    });
  }

  async handle(
    request: ExpressRequest,
    response: ExpressResponse,
    door: TusDoor | undefined,
  ): Promise<undefined> {
    if (!door) {
      response.setHeader('Tus-Resumable', version);
      response.setHeader('Tus-Version', version);
      response.setHeader('Tus-Extension', this.#store.extensions.join(','));
      response.setHeader('Tus-Checksum-Algorithm', tusChecksumAlgorithms);
      response.status(204).end();
      return;
    }
    if (request.headers['tus-resumable'] !== version) {
      response.setHeader('Tus-Version', version);
      throw new AppError('precondition_failed', `Only tus ${version} is spoken here.`, { reason: 'tus' });
    }
    const exchange: TusExchange = {
      door,
      body: () => acceptBody(request, response),
      digests: () => ({ part: partDigestOf(request), sha256: reprSha256(request.headers) }),
      interrupt: () => request.destroy(),
    };
    const answer = await this.#exchanges.run(exchange, async () => {
      if (request.method === 'HEAD') await this.#finishComplete(door, request.params.id as string);
      return this.#server.handleWeb(toWebRequest(request));
    });
    for (const [name, value] of answer.headers) {
      // The library greets every origin; nobody from elsewhere has business here.
      if (name === 'location')
        response.setHeader(name, `${door.path}/${value.slice(value.lastIndexOf('/') + 1)}`);
      else if (!name.startsWith('access-control-')) response.setHeader(name, value);
    }
    const text = await answer.text();
    if (text.startsWith('{')) response.setHeader('Content-Type', 'application/json; charset=utf-8');
    if (!request.complete && answer.status >= 400) response.setHeader('Connection', 'close');
    response.status(answer.status).end(text === '' ? undefined : text);
    return undefined;
  }

  /**
   * A client that lost the last answer asks with HEAD how far it came, and takes "all" for success. So an upload that
   * is complete but not in its place is put there now, or refused now.
   */
  async #finishComplete(door: TusDoor, id: string): Promise<void> {
    const { row, offset } = await this.#uploads.get(door.actor, id);
    if (offset !== row.size) return;
    try {
      await door.finish(id);
    } catch (error) {
      throw forTus(toAppError(error));
    }
  }

  #exchange(): TusExchange {
    const exchange = this.#exchanges.getStore();
    if (!exchange) throw new AppError('unauthenticated', 'Sign in first.');
    return exchange;
  }
}

function toWebRequest(request: ExpressRequest): Request {
  const headers = new Headers();
  for (const name of knownHeaders) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const { id } = request.params;
  const path = id === undefined ? uploadsPath : `${uploadsPath}/${encodeURIComponent(id as string)}`;
  return new Request(new URL(path, 'http://localhost'), { method: request.method, headers });
}

function forTus(error: AppError): AppError {
  const code = tusCodes[error.code];
  return code ? new AppError(code, error.message, { reason: error.reason, cause: error.cause }) : error;
}

function describe(error: AppError): { status_code: number; body: string } {
  const told = forTus(error);
  const status_code = told.reason === 'digest_mismatch' ? checksumMismatch : statusOf[told.code];
  return { status_code, body: JSON.stringify(toErrorBody(told)) };
}

function wrap(status: number, text: string): string {
  const code =
    (Object.keys(statusOf) as ErrorCode[]).find((candidate) => statusOf[candidate] === status) ?? 'invalid';
  return JSON.stringify(toErrorBody(new AppError(code, text.trim(), { reason: 'tus' })));
}

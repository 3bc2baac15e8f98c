import { AppError } from '../../contract/app-error.ts';
import { formatUri, parseUri } from '../../contract/uri.ts';
import { maxBulkBytes } from '../../contract/limits.ts';
import { nameOf, parentOf, resolvePath, type EntryPath } from '../../contract/path.ts';
import type { BulkResult, Entry, Transfer, TransferResult } from '../../contract/schemas.ts';
import { answerEach, answerPrepared, isError, orThrow } from '../../base/answers.ts';
import type { UserActor } from '../../access/actor.ts';
import type { FileEntry, WriteFileOptions } from '../../files/files-service.ts';
import type { TransferOutcome } from '../../files/transfer-service.ts';
import type { RequestMemory } from '../../uploads/repeated-requests.ts';
import { leastBytesOf, receiveBulk, type BulkFile } from '../bulk-receiver.ts';
import { presentationOf } from '../content-type.ts';
import { expectedSha256, formatReprDigest } from '../digest-fields.ts';
import { toErrorBody } from '../error-responder.ts';
import { parseEtagList } from '../etag-list.ts';
import type { HttpDependencies } from '../http-dependencies.ts';
import { presentEntry, presentRoot } from '../presenters.ts';
import { abortSignalOf, acceptBody, idempotencyKeyOf, type Context } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import { sendArchive } from '../send-archive.ts';
import { sendFile } from '../send-file.ts';
import { sendThumbnail } from '../send-thumbnail.ts';

export function pathOfUri(services: HttpDependencies, user: UserActor, uri: string): EntryPath {
  return parseUri(uri, { cluster: services.config.cluster, home: user.name });
}

async function transfer(services: HttpDependencies, user: UserActor, verb: 'move' | 'copy', body: Transfer) {
  const { cluster } = services.config;
  const outcomes = await services.transfers.transfer(user, verb, {
    from: body.from.map((uri) => pathOfUri(services, user, uri)),
    to: pathOfUri(services, user, body.to),
    onConflict: body.onConflict,
    into: body.into,
  });
  // Of one item there is nothing to tell apart: its error is the answer.
  const [only] = outcomes;
  if (outcomes.length === 1 && only?.error) throw only.error;
  return {
    body: {
      items: outcomes.map((outcome) => presentOutcome(cluster, outcome)),
      next: null,
    } satisfies TransferResult,
  };
}

function presentOutcome(cluster: string, { from, to, error }: TransferOutcome) {
  return {
    from: formatUri(cluster, from),
    ...(to && { to: formatUri(cluster, to) }),
    ...(error && toErrorBody(error)),
  };
}

type UserRequest = Pick<Context, 'services' | 'request' | 'response'> & { user: UserActor };

async function sendUserArchive(context: UserRequest, item: string | string[]): Promise<undefined> {
  const { services, user, request, response } = context;
  const paths = [item].flat().map((uri) => pathOfUri(services, user, uri));
  const [first] = paths;
  const folder = first && paths.length > 1 ? parentOf(first) : first;
  await sendArchive(request, response, services.archives, {
    actor: user,
    items: paths.map((path) => ({ path, name: nameOf(path) })),
    name: folder ? nameOf(folder) : 'files',
    signal: abortSignalOf(response),
  });
  return undefined;
}

export const entryHandlers = {
  async listRoots({ services, user }) {
    const roots = await services.files.listRoots(user);
    return { body: { items: roots.map((root) => presentRoot(services.config.cluster, root)), next: null } };
  },

  async getEntry({ services, user, path, query }) {
    const { cluster } = services.config;
    const { entry, children } = await services.files.list(user, path, query);
    const around = await services.links.linkedAround(user, path, entry.level === 'manage');
    const presented = presentEntry(cluster, entry, around);
    if (!children) return { body: { entry: presented } };
    const managed = new Set(
      children.items.filter((child) => child.level === 'manage').map((child) => child.path),
    );
    const linked = await services.links.linkedChildren(user, path, (child) => managed.has(child));
    const items = children.items.map((child) =>
      presentEntry(cluster, child, { linked: linked.has(child.path) }),
    );
    return { body: { entry: presented, children: { ...children, items } } };
  },

  async deleteEntry({ services, user, path }) {
    await services.files.remove(user, path);
    services.log.info({ user: user.name, path }, 'deleted');
    return undefined;
  },

  async measureEntry({ services, user, path, response }) {
    return { body: await services.files.measure(user, path, abortSignalOf(response)) };
  },

  async createDirectory({ services, user, path, query }) {
    const { entry, isNew } = await services.files.makeDirectory(user, path, query.drop);
    return { status: isNew ? 201 : 200, body: presentEntry(services.config.cluster, entry) };
  },

  async getContent({ services, user, path, query, request, response }) {
    const file = await services.files.open(user, path);
    await sendFile(request, response, file, presentationOf(nameOf(path), query.inline !== undefined));
    return undefined;
  },

  async getThumbnail({ services, user, path, request, response }) {
    return sendThumbnail(
      request,
      response,
      await services.thumbnails.get(user, path, abortSignalOf(response)),
    );
  },

  async putContent({ services, user, path, query, request, response }) {
    const { headers } = request;
    if (headers['content-range'] !== undefined) {
      throw new AppError(
        'invalid',
        'A part of a file cannot be put (RFC 9110 14.5). Use an upload to resume.',
      );
    }
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      throw new AppError('invalid', 'Send the bytes as they are, without Content-Encoding.');
    }
    const ifNoneMatch = headers['if-none-match'];
    if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
      throw new AppError('invalid', 'Of If-None-Match, only * makes sense for storing.');
    }
    const ifMatch = headers['if-match'] === undefined ? undefined : parseEtagList(headers['if-match']);
    const length = headers['content-length'];
    // Without either, HTTP takes the body for empty (RFC 9112 6.3), which is hardly what was meant.
    if (length === undefined && headers['transfer-encoding'] === undefined) {
      throw new AppError(
        'invalid',
        'Say how long the file is: Content-Length, or Transfer-Encoding: chunked.',
      );
    }
    await services.files.requireRoom(user, path, length === undefined ? undefined : Number(length));
    const existed = await services.files.exists(path);
    if (ifMatch === '*' && !existed)
      throw new AppError('precondition_failed', 'There is no such file to replace.');
    const entry = await services.files.write(user, path, acceptBody(request, response), {
      onConflict: ifNoneMatch === undefined ? 'replace' : 'fail',
      ifMatch:
        ifMatch === undefined || ifMatch === '*'
          ? undefined
          : ifMatch.filter((etag) => !etag.isWeak).map((etag) => etag.tag),
      expected: { sha256: expectedSha256(request), size: length === undefined ? undefined : Number(length) },
      drop: query.drop,
      signal: abortSignalOf(response),
    });
    response.setHeader('ETag', `"${entry.etag}"`);
    response.setHeader('Repr-Digest', formatReprDigest(entry.sha256));
    return { status: existed ? 200 : 201, body: presentEntry(services.config.cluster, entry) };
  },

  async uploadBulk({ services, user, path, query, request, response }) {
    await services.files.stat(user, path, 'write');
    if (query.onConflict !== 'replace') await services.files.requireSpaceForNew(path, leastBytesOf(request));
    acceptBody(request, response);
    const { files } = services;
    const signal = abortSignalOf(response);
    const folders = new Map<EntryPath, Promise<void>>();
    const made = new Set<EntryPath>();
    const makeFolder = async (folder: EntryPath): Promise<void> => {
      let making = folders.get(folder);
      if (!making) folders.set(folder, (making = files.makeDirectories(user, folder, query.drop)));
      await making;
      made.add(folder);
    };
    /** Nothing is waited for where the folder is known to be there. */
    const placeOf = ({ path: name }: Pick<BulkFile, 'path'>): EntryPath | Promise<EntryPath> => {
      const target = resolvePath(path, name);
      const folder = parentOf(target) ?? path;
      return made.has(folder) ? target : makeFolder(folder).then(() => target);
    };
    const optionsOf = ({
      ifMatch,
      onConflict,
      modifiedAt,
      expected,
    }: Omit<BulkFile, 'bytes'>): WriteFileOptions => ({
      onConflict: ifMatch === undefined ? (onConflict ?? query.onConflict) : 'replace',
      ifMatch: ifMatch === undefined ? undefined : [ifMatch],
      modifiedAt,
      expected,
      drop: query.drop,
      signal,
    });
    const present = (entry: FileEntry) => presentEntry(services.config.cluster, entry);
    const receive = (memory: RequestMemory<Entry> | undefined) =>
      receiveBulk<Entry>(request, response, {
        memory,
        maxBytes: maxBulkBytes,
        async store(file) {
          return present(await files.write(user, await placeOf(file), file.bytes, optionsOf(file)));
        },
        storeMany: async (whole) => {
          const places = await answerEach(whole, placeOf);
          const stored = await answerPrepared(
            whole,
            (file, index) => ({ path: orThrow(places[index]!), bytes: file.bytes, ...optionsOf(file) }),
            (ready) => files.writeMany(user, ready),
          );
          return stored.map((answer) => (isError(answer) ? answer : present(answer)));
        },
      });
    const target = `bulk ${path} ${query.onConflict}`;
    const body = await services.repeatedRequests.once<Entry, BulkResult>(
      { userId: user.id, key: idempotencyKeyOf(request), target },
      async (memory) => {
        const items = (await receive(memory)).map(({ path: name, stored, error }) => ({
          path: name,
          ...(stored && { entry: stored }),
          ...(error && toErrorBody(error)),
        }));
        return { items, next: null };
      },
    );
    return { body };
  },

  async moveEntries({ services, user, body }) {
    return transfer(services, user, 'move', body);
  },

  async copyEntries({ services, user, body }) {
    return transfer(services, user, 'copy', body);
  },

  async getArchive(context) {
    return sendUserArchive(context, context.query.item);
  },

  async postArchive(context) {
    return sendUserArchive(context, context.body.item);
  },
} satisfies Partial<Handlers>;

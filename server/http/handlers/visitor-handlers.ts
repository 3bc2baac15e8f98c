import { AppError, hasCode } from '../../contract/app-error.ts';
import { maxListLimit } from '../../contract/limits.ts';
import { encodePath } from '../../contract/path.ts';
import type { SharedListing } from '../../contract/schemas.ts';
import { notFound } from '../../access/access-control.ts';
import { ArchiveService } from '../../archives/archive-service.ts';
import { sortEntries } from '../../files/entry-order.ts';
import { checksumLine } from '../../files/checksum-line.ts';
import type { OpenLink } from '../../links/link-gate.ts';
import { resolveSharedPath } from '../../links/shared-path.ts';
import { presentationOf } from '../content-type.ts';
import { presentSharedEntry, presentSharedLink } from '../presenters.ts';
import { setUnlockCookie } from '../link-proof.ts';
import { abortSignalOf, addressOf, originOf, visitorOf, type Context } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import { sendArchive } from '../send-archive.ts';
import { sendFileLines } from '../send-file-lines.ts';
import { sendFile } from '../send-file.ts';
import { sendListing, type PlainEntry } from '../send-listing.ts';
import { sendThumbnail } from '../send-thumbnail.ts';
import { urlLine } from '../url-list.ts';
import { contentOf } from '../link-content.ts';
import type { SharedContent } from '../shared-content.ts';
import { selectItems } from '../shared-items.ts';

/** What the page needs in its query to say why the lock did not open; undefined where it would not know. */
function describeRefusal(error: unknown): string | undefined {
  if (hasCode(error, 'gone', 'not_found')) return '';
  if (hasCode(error, 'unauthenticated')) return 'wrong=1';
  if (hasCode(error, 'rate_limited')) return `wait=${Math.ceil((error.retryAfter ?? 60) / 60)}`;
  return undefined;
}

/** Whoever could look at a file as often as they like would have no need to download it. */
function requirePreviews(link: OpenLink): void {
  if (link.downloadsLeft === null) return;
  throw new AppError('forbidden', 'A link with a limit shows no previews. Download the file.');
}

/** All children of a folder, a page at a time. */
async function* listPages(content: SharedContent, sharedPath: string): AsyncIterable<PlainEntry[]> {
  let cursor: string | undefined;
  do {
    const query = { limit: maxListLimit, cursor, sort: 'name', order: 'asc' } as const;
    const { children } = await content.list(sharedPath, query);
    yield children?.items ?? [];
    cursor = children?.next ?? undefined;
  } while (cursor !== undefined);
}

type SharedRequest = Pick<Context, 'services' | 'request' | 'response'> & {
  link: OpenLink;
  query: { inline?: '1' | undefined };
};

async function sendShared(
  { services, link, query, request, response }: SharedRequest,
  sharedPath: string,
): Promise<undefined> {
  const isInline = query.inline !== undefined;
  if (isInline) requirePreviews(link);
  const file = await contentOf(services, link).open(sharedPath);
  const name = sharedPath.slice(sharedPath.lastIndexOf('/') + 1);
  const visitor = visitorOf(request);
  await sendFile(request, response, file, presentationOf(name, isInline), async ({ start, reachesEnd }) => {
    // A preview is not a download.
    const { isRest } = isInline
      ? { isRest: start > 0 }
      : await services.linkDownloads.begin(link, sharedPath, start, visitor);
    const kind = isInline ? 'previewed' : 'downloaded';
    const act = { kind, path: sharedPath, isRest, reachesEnd } as const;
    return services.linkTransfers.begin(link, visitor, act, () => response.destroy());
  });
  return undefined;
}

/** The given paths under the link as one zip; without any, all of its items. */
async function sendSharedArchive(
  {
    services,
    link,
    request,
    response,
  }: Pick<Context, 'services' | 'request' | 'response'> & { link: OpenLink },
  item: string | string[] | undefined,
): Promise<undefined> {
  const content = contentOf(services, link);
  const items = await selectItems(content, link, item);
  await sendArchive(request, response, new ArchiveService(content.source), {
    actor: link.actor,
    items,
    name: (items.length === 1 ? items[0]?.name : link.label) ?? 'shared files',
    signal: abortSignalOf(response),
    beforeBytes: async () => {
      const visitor = visitorOf(request);
      await services.linkDownloads.begin(link, 'zip', 0, visitor);
      const act = {
        kind: 'zipped',
        path: [item].flat()[0] ?? null,
        items: items.length,
      } as const;
      return services.linkTransfers.begin(link, visitor, act, () => response.destroy());
    },
  });
  return undefined;
}

/** What the holder of a link may ask. The gate has been passed; everything goes on as for any other actor. */
export const visitorHandlers = {
  async unlockLink({ services, params, body, request, response }) {
    const token = params.token as string;
    // A form comes from a page whose scripts do not run; whatever becomes of it is for that page to say.
    const answerForm = (query: string) =>
      response.redirect(303, `/s/${encodeURIComponent(token)}${query && `?${query}`}`);
    const isForm = Boolean(request.is('urlencoded'));
    try {
      const { row } = await services.linkGate.openLocked(token);
      const cookie = await services.linkLock.unlock(row, body.password, addressOf(request));
      setUnlockCookie(request, response, cookie);
      if (isForm) answerForm('');
    } catch (error) {
      const query = isForm ? describeRefusal(error) : undefined;
      if (query === undefined) throw error;
      answerForm(query);
    }
    return undefined;
  },

  async getLinkContent(context) {
    const [item] = context.link.actor.items;
    if (context.link.actor.items.length !== 1 || item?.kind !== 'file') {
      throw new AppError(
        'invalid',
        'This link has several files. Ask for /zip, or for /raw/ and the path of one.',
      );
    }
    return sendShared(context, item.name);
  },

  async getLinkContentAt(context) {
    return sendShared(context, context.sharedPath);
  },

  async browseLink({ services, link, request, response }) {
    const items = await contentOf(services, link).items();
    const pages = (async function* () {
      yield items;
    })();
    const title = link.label ?? 'Shared files';
    return sendListing(request, response, { title, isInside: false, pages }, abortSignalOf(response));
  },

  async browseLinkAt({ services, link, sharedPath, request, response }) {
    const content = contentOf(services, link);
    const { kind } = await content.stat(sharedPath);
    // A file's address has no slash at its end.
    if (kind === 'file') throw notFound();
    const pages = listPages(content, sharedPath);
    return sendListing(
      request,
      response,
      { title: `${sharedPath}/`, isInside: true, pages },
      abortSignalOf(response),
    );
  },

  async getLinkThumbnail({ services, link, sharedPath, request, response }) {
    requirePreviews(link);
    // Of a pinned link, whether it still is what was published.
    (await contentOf(services, link).open(sharedPath)).close();
    const path = resolveSharedPath(link.actor, sharedPath);
    return sendThumbnail(
      request,
      response,
      await services.thumbnails.get(link.actor, path, abortSignalOf(response)),
    );
  },

  async getLinkArchive(context) {
    return sendSharedArchive(context, context.query.item);
  },

  async postLinkArchive(context) {
    return sendSharedArchive(context, context.body.item);
  },

  async listLinkItems({ services, link, query }) {
    const pin = link.pinId === null ? undefined : await services.pinnedFiles.find(link.pinId);
    // While it is being prepared, a link tells how far that is and no more.
    if (pin && pin.state !== 'ready') return { body: { link: presentSharedLink(link, [], pin) } };
    const items = await contentOf(services, link).items();
    const children = {
      items: sortEntries(items, query).map((entry) => presentSharedEntry(entry, entry.name)),
      next: null,
      total: items.length,
    };
    return { body: { link: presentSharedLink(link, items, pin), children } satisfies SharedListing };
  },

  async listLinkEntries({ services, link, query, sharedPath }) {
    const content = contentOf(services, link);
    const items = await content.items();
    const { entry, children } = await content.list(sharedPath, query);
    const pin = link.pinId === null ? undefined : await services.pinnedFiles.find(link.pinId);
    const name = sharedPath.slice(sharedPath.lastIndexOf('/') + 1);
    const body: SharedListing = {
      link: presentSharedLink(link, items, pin),
      entry: { ...presentSharedEntry(entry, sharedPath), name },
      ...(children && {
        children: {
          ...children,
          items: children.items.map((child) => presentSharedEntry(child, `${sharedPath}/${child.name}`)),
        },
      }),
    };
    return { body };
  },

  async getLinkChecksums({ services, link, query, request, response }) {
    const content = contentOf(services, link);
    const items = await selectItems(content, link, query.item);
    const signal = abortSignalOf(response);
    await sendFileLines(request, response, { content, items, signal }, async ({ item, rest, path, entry }) =>
      checksumLine(await content.sha256(path, entry, signal), item.name + rest),
    );
    return undefined;
  },

  async listLinkUrls({ services, link, params, query, request, response }) {
    const origin = originOf(request, services.config.publicUrl);
    const content = contentOf(services, link);
    const items = await selectItems(content, link, query.item);
    const base = `${origin}/s/${encodeURIComponent(params.token as string)}/raw`;
    const line = urlLine[query.for ?? 'plain'];
    await sendFileLines(
      request,
      response,
      { content, items, signal: abortSignalOf(response) },
      ({ item, rest }) => line(`${base}/${encodePath(item.sharedPath + rest)}`, `./${item.name}${rest}`),
    );
    return undefined;
  },
} satisfies Partial<Handlers>;

import { parseEntryPath } from '../../contract/path.ts';
import type { HttpDependencies } from '../http-dependencies.ts';
import { createCursor, parseCursor, type RowCursor } from '../row-cursor.ts';
import { presentForeignLink, presentLink, presentLinkEvent, presentReceived } from '../presenters.ts';
import { originOf } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import type { OwnLink } from '../../links/links-service.ts';
import { pathOfUri } from './entry-handlers.ts';

type Expiry = { expiresIn?: number | null | undefined; expiresAt?: string | null | undefined };

/** When a link ends: null = never, undefined = nothing was said. */
function expiryOf({ clock }: HttpDependencies, { expiresIn, expiresAt }: Expiry): Date | null | undefined {
  if (expiresIn != null) return new Date(clock().getTime() + expiresIn * 1000);
  if (expiresAt != null) return new Date(expiresAt);
  return expiresIn === null || expiresAt === null ? null : undefined;
}

const linkCursor = ({ row }: OwnLink) => ({ createdAt: row.created_at, id: row.id });

/** One page of rows of which one more than the limit was asked for, to know whether there are more. */
function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  cursorOf: (row: Row) => RowCursor,
) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last !== undefined ? createCursor(cursorOf(last)) : null;
  return { body: { items: page.map(present), next } };
}

async function listEvents(
  services: HttpDependencies,
  linkId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  await services.linkTimeline.flush();
  const events = await services.linkEvents.list(linkId, {
    limit: limit + 1,
    ...(cursor !== undefined && { before: parseCursor(cursor) }),
  });
  const now = services.clock().getTime();
  return pageOf(
    events,
    limit,
    (event) => presentLinkEvent(event, now),
    (event) => ({ createdAt: event.last_at, id: event.id }),
  );
}

/** Links from their owner's side. */
export const linkHandlers = {
  async listLinks({ services, user, query, request }) {
    // What was counted within the last second is part of the answer, here and below.
    await services.linkTimeline.flush();
    const { cluster, publicUrl } = services.config;
    const { limit } = query;
    const links = await services.links.list(user, {
      limit: limit + 1,
      ...(query.uri !== undefined && {
        paths: [query.uri].flat().map((uri) => pathOfUri(services, user, uri)),
      }),
      ...(query.filter !== undefined && { text: query.filter }),
      ...(query.state !== undefined && { isEnded: query.state === 'ended' }),
      ...(query.cursor !== undefined && { before: parseCursor(query.cursor) }),
    });
    const present = (link: OwnLink) => presentLink(cluster, originOf(request, publicUrl), link);
    return pageOf(links, limit, present, linkCursor);
  },

  async listAllLinks({ services, user, query }) {
    await services.linkTimeline.flush();
    const { limit, creator, root, filter, state, cursor } = query;
    if (cursor === undefined) {
      const detail = { creator, root, filter, state };
      await services.audit.recordAlone(user, { action: 'link.read', detail });
    }
    const links = await services.links.listAll({
      limit: limit + 1,
      ...(creator !== undefined && { creatorName: creator }),
      ...(root !== undefined && { root: parseEntryPath(root) }),
      ...(filter !== undefined && { text: filter }),
      ...(state !== undefined && { isEnded: state === 'ended' }),
      ...(cursor !== undefined && { before: parseCursor(cursor) }),
    });
    const present = (link: OwnLink) => presentForeignLink(services.config.cluster, link);
    return pageOf(links, limit, present, linkCursor);
  },

  async getAnyLink({ services, user, params }) {
    await services.linkTimeline.flush();
    const link = await services.links.getAny(params.id as string);
    await services.audit.recordAlone(user, { action: 'link.read', target: `link:${link.row.id}` });
    return { body: presentForeignLink(services.config.cluster, link) };
  },

  async listLinkEvents({ services, user, params, query }) {
    const { row } = await services.links.get(user, params.id as string);
    return listEvents(services, row.id, query);
  },

  async listAnyLinkEvents({ services, user, params, query }) {
    const { row } = await services.links.getAny(params.id as string);
    if (query.cursor === undefined) {
      await services.audit.recordAlone(user, {
        action: 'link.read',
        target: `link:${row.id}`,
        detail: { events: true },
      });
    }
    return listEvents(services, row.id, query);
  },

  async revokeAnyLink({ services, user, params }) {
    await services.links.revokeAny(user, params.id as string);
    services.log.info({ user: user.name, link: params.id }, 'an administrator revoked a link');
    return undefined;
  },

  async listCoveringLinks({ services, user, query, request }) {
    const { cluster, publicUrl } = services.config;
    const paths = [query.uri].flat().map((uri) => pathOfUri(services, user, uri));
    const links = await services.links.listCovering(user, paths);
    // The address opens all that the link gives, which may be more than what is seen of it here.
    const isTold = ({ row }: OwnLink) => row.creator_id === user.id && !user.narrowing;
    const items = links.map((link) => ({
      ...presentForeignLink(cluster, link),
      url: isTold(link) ? presentLink(cluster, originOf(request, publicUrl), link).url : null,
    }));
    return { body: { items, next: null } };
  },

  async getLinkRules({ services, user, query }) {
    const uris = query.uri === undefined ? [] : [query.uri].flat();
    const rules = services.links.rulesOf(uris.map((uri) => pathOfUri(services, user, uri)));
    return { body: { ...rules, canNotify: services.linkNotices.canMail } };
  },

  async createLink({ services, user, body, request }) {
    const { cluster, publicUrl } = services.config;
    const link = await services.links.create(user, {
      paths: body.items.map((uri) => pathOfUri(services, user, uri)),
      label: body.label ?? null,
      note: body.note ?? null,
      password: body.password ?? null,
      maxDownloads: body.maxDownloads ?? null,
      notify: body.notify ?? false,
      mode: body.mode,
      drop: body.drop ?? {},
      pinned: body.pinned,
      expiresAt: expiryOf(services, body) ?? null,
    });
    services.log.info({ user: user.name, link: link.row.id }, 'a link was made');
    return { body: presentLink(cluster, originOf(request, publicUrl), link) };
  },

  async updateLink({ services, user, params, body, request }) {
    const { cluster, publicUrl } = services.config;
    const { items, label, note, password, maxDownloads, notify, drop, pinned, revoked } = body;
    const expiresAt = expiryOf(services, body);
    const link = await services.links.update(user, params.id as string, {
      ...(items && { paths: items.map((uri) => pathOfUri(services, user, uri)) }),
      ...(label !== undefined && { label }),
      ...(note !== undefined && { note }),
      ...(password !== undefined && { password }),
      ...(maxDownloads !== undefined && { maxDownloads }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(notify !== undefined && { notify }),
      ...(drop !== undefined && { drop }),
      ...(pinned !== undefined && { pinned }),
      ...(revoked !== undefined && { revoked }),
    });
    return { body: presentLink(cluster, originOf(request, publicUrl), link) };
  },

  async regenerateLink({ services, user, params, request }) {
    const { cluster, publicUrl } = services.config;
    const link = await services.links.regenerate(user, params.id as string);
    return { body: presentLink(cluster, originOf(request, publicUrl), link) };
  },

  async pinLink({ services, user, params, request }) {
    const { cluster, publicUrl } = services.config;
    const link = await services.links.publish(user, params.id as string);
    return { body: presentLink(cluster, originOf(request, publicUrl), link) };
  },

  async listLinkDrops({ services, user, params, query }) {
    const { limit } = query;
    const rows = await services.links.received(user, params.id as string, {
      limit: limit + 1,
      ...(query.cursor !== undefined && { before: parseCursor(query.cursor) }),
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next =
      rows.length > limit && last ? createCursor({ createdAt: last.received_at ?? 0, id: last.id }) : null;
    return { body: { items: page.map(presentReceived), next } };
  },

  async getLink({ services, user, params, request }) {
    const { cluster, publicUrl } = services.config;
    await services.linkTimeline.flush();
    const link = await services.links.get(user, params.id as string);
    return { body: presentLink(cluster, originOf(request, publicUrl), link) };
  },

  async revokeLink({ services, user, params }) {
    await services.links.revoke(user, params.id as string);
    services.log.info({ user: user.name, link: params.id }, 'a link was revoked');
    return undefined;
  },
} satisfies Partial<Handlers>;

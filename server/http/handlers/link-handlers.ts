import { AppError } from '../../contract/app-error.ts';
import type { HttpDependencies } from '../http-dependencies.ts';
import { createCursor, parseCursor } from '../row-cursor.ts';
import { presentLink } from '../presenters.ts';
import { originOf } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import { pathOfUri } from './entry-handlers.ts';

type Expiry = { expiresIn?: number | null | undefined; expiresAt?: string | null | undefined };

/** When a link ends: null = never, undefined = nothing was said. */
function expiryOf({ clock }: HttpDependencies, { expiresIn, expiresAt }: Expiry): Date | null | undefined {
  if (expiresIn != null) return new Date(clock().getTime() + expiresIn * 1000);
  if (expiresAt != null) return new Date(expiresAt);
  return expiresIn === null || expiresAt === null ? null : undefined;
}

/** Links from their owner's side. */
export const linkHandlers = {
  async listLinks({ services, user, query, request }) {
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
    const page = links.slice(0, limit);
    const last = page.at(-1);
    return {
      body: {
        items: page.map((link) => presentLink(cluster, originOf(request, publicUrl), user.name, link)),
        next:
          links.length > limit && last
            ? createCursor({ createdAt: last.row.created_at, id: last.row.id })
            : null,
      },
    };
  },

  async createLink({ services, user, body, request }) {
    const { cluster, publicUrl } = services.config;
    // Refused rather than left out: whoever asks for it must not get a link that does something else.
    if (body.mode !== 'read') {
      throw new AppError('invalid', 'Links for uploading cannot be made yet.', { reason: 'not_supported' });
    }
    const link = await services.links.create(user, {
      paths: body.items.map((uri) => pathOfUri(services, user, uri)),
      label: body.label ?? null,
      note: body.note ?? null,
      password: body.password ?? null,
      maxDownloads: body.maxDownloads ?? null,
      expiresAt: expiryOf(services, body) ?? null,
    });
    services.log.info({ user: user.name, link: link.row.id }, 'a link was made');
    return { body: presentLink(cluster, originOf(request, publicUrl), user.name, link) };
  },

  async updateLink({ services, user, params, body, request }) {
    const { cluster, publicUrl } = services.config;
    const { items, label, note, password, maxDownloads, revoked } = body;
    const expiresAt = expiryOf(services, body);
    const link = await services.links.update(user, params.id as string, {
      ...(items && { paths: items.map((uri) => pathOfUri(services, user, uri)) }),
      ...(label !== undefined && { label }),
      ...(note !== undefined && { note }),
      ...(password !== undefined && { password }),
      ...(maxDownloads !== undefined && { maxDownloads }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(revoked !== undefined && { revoked }),
    });
    return { body: presentLink(cluster, originOf(request, publicUrl), user.name, link) };
  },

  async regenerateLink({ services, user, params, request }) {
    const { cluster, publicUrl } = services.config;
    const link = await services.links.regenerate(user, params.id as string);
    return { body: presentLink(cluster, originOf(request, publicUrl), user.name, link) };
  },

  async getLink({ services, user, params, request }) {
    const { cluster, publicUrl } = services.config;
    const link = await services.links.get(user, params.id as string);
    return { body: presentLink(cluster, originOf(request, publicUrl), user.name, link) };
  },

  async revokeLink({ services, user, params }) {
    await services.links.revoke(user, params.id as string);
    services.log.info({ user: user.name, link: params.id }, 'a link was revoked');
    return undefined;
  },
} satisfies Partial<Handlers>;

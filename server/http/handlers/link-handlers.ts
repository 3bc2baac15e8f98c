import { AppError } from '../../contract/app-error.ts';
import { createCursor, parseCursor } from '../row-cursor.ts';
import { presentLink } from '../presenters.ts';
import { originOf } from '../request-context.ts';
import type { Handlers } from '../route-router.ts';
import { pathOfUri } from './entry-handlers.ts';

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
    // Refused rather than left out: whoever asks for a protection must not get a link without it.
    if (body.password != null || body.maxDownloads != null || body.mode !== 'read') {
      throw new AppError(
        'invalid',
        'Links with a password, a download limit or for uploading cannot be made yet.',
        {
          reason: 'not_supported',
        },
      );
    }
    const expiresAt =
      body.expiresIn != null
        ? new Date(services.clock().getTime() + body.expiresIn * 1000)
        : body.expiresAt != null
          ? new Date(body.expiresAt)
          : null;
    const link = await services.links.create(user, {
      paths: body.items.map((uri) => pathOfUri(services, user, uri)),
      label: body.label ?? null,
      expiresAt,
    });
    services.log.info({ user: user.name, link: link.row.id }, 'a link was made');
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

import { pipeline } from 'node:stream/promises';
import type { SignedInUser } from '../../access/actor.ts';
import type { AuditFilter } from '../../audit/audit-log.ts';
import type { HttpDependencies } from '../http-dependencies.ts';
import type { AuditEvent } from '../../contract/schemas.ts';
import { presentAuditEvent } from '../presenters.ts';
import type { Handlers } from '../route-router.ts';
import { pathOfUri } from './entry-handlers.ts';

type FilterQuery = {
  user?: string | undefined;
  action?: string | string[] | undefined;
  uri?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

function filterOf(services: HttpDependencies, asking: SignedInUser, query: FilterQuery): AuditFilter {
  const { user, action, uri, from, to } = query;
  return {
    userName: user,
    actions: action === undefined ? undefined : [action].flat(),
    path: uri === undefined ? undefined : pathOfUri(services, asking, uri),
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  };
}

/** What was done here, for administrators. */
/** JSON on what every program takes for one line: some end it also at U+2028 and U+2029. */
function lineOf(event: AuditEvent): string {
  return JSON.stringify(event).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
}

export const auditHandlers = {
  async listAudit({ services, user, query }) {
    const { limit, cursor } = query;
    const rows = await services.audit.list(filterOf(services, user, query), {
      limit: limit + 1,
      ...(cursor !== undefined && { before: cursor }),
    });
    const page = rows.slice(0, limit);
    return {
      body: {
        items: page.map((row) => presentAuditEvent(services.config.cluster, row)),
        next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      },
    };
  },

  async exportAudit({ services, user, query, response }) {
    const { cluster } = services.config;
    const rows = services.audit.read(filterOf(services, user, query));
    await services.audit.recordAlone(user, { action: 'audit.export', detail: { ...query } });
    response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
    response.setHeader('Content-Disposition', 'attachment; filename="audit.jsonl"');
    await pipeline(async function* () {
      for await (const row of rows) yield `${lineOf(presentAuditEvent(cluster, row))}\n`;
    }, response);
    return undefined;
  },
} satisfies Partial<Handlers>;

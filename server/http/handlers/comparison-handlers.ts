import { abortSignalOf } from '../request-context.ts';
import { presentComparison } from '../presenters.ts';
import type { Handlers } from '../route-router.ts';
import { pathOfUri } from './entry-handlers.ts';

/** What a client asks before it sends anything: what is there, and whether it is the same. */
export const comparisonHandlers = {
  async getChecksum({ services, user, path, query, response }) {
    const signal = abortSignalOf(response);
    return {
      body: await services.checksums.describe(user, path, { compute: query.compute === '1', signal }),
    };
  },

  async compareFiles({ services, user, body }) {
    const files = body.items.map(({ modifiedAt, ...file }) => ({
      ...file,
      modifiedAt: modifiedAt === undefined ? undefined : new Date(modifiedAt),
    }));
    const folder = pathOfUri(services, user, body.folder);
    const items = await services.comparisons.compare(user, folder, files);
    return { body: { items: items.map(presentComparison), next: null } };
  },
} satisfies Partial<Handlers>;

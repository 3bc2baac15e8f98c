import { formatUri } from '../../contract/uri.ts';
import { toErrorBody } from '../error-responder.ts';
import type { Handlers } from '../route-router.ts';

export const undoHandlers = {
  async getDrop({ services, user, params }) {
    const id = params.id as string;
    const { undoableUntil, ...counts } = await services.undo.describe(user, id);
    return { body: { id, ...counts, undoableUntil: undoableUntil.toISOString() } };
  },

  async undoDrop({ services, user, params }) {
    const { items, remaining } = await services.undo.undo(user, params.id as string);
    const { cluster } = services.config;
    return {
      body: {
        items: items.map(({ path, error, ...facts }) => ({
          uri: formatUri(cluster, path),
          ...facts,
          ...(error && toErrorBody(error)),
        })),
        remaining,
      },
    };
  },
} satisfies Partial<Handlers>;

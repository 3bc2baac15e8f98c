import type { HttpDependencies } from '../http-dependencies.ts';
import { presentUpload } from '../presenters.ts';
import type { Handlers } from '../route-router.ts';
import { createCursor, parseCursor } from '../row-cursor.ts';
import { userDoor } from '../tus-doors.ts';
import type { TusEndpoint } from '../tus-endpoint.ts';

/** tus is spoken by a library; these rows say who may speak it. */
export function uploadHandlers(tus: TusEndpoint, services: HttpDependencies) {
  return {
    describeUploads: ({ request, response }) => tus.handle(request, response, undefined),
    async listUploads({ services: { uploads, config }, user, query: { limit, cursor } }) {
      const before = cursor === undefined ? undefined : parseCursor(cursor);
      const { items, last } = await uploads.list(user, { limit, ...(before && { before }) });
      return {
        body: {
          items: items.map((upload) => presentUpload(config.cluster, uploads.lifeMs, upload)),
          next: last ? createCursor(last) : null,
        },
      };
    },
    createUpload: ({ request, response, user }) => tus.handle(request, response, userDoor(services, user)),
    headUpload: ({ request, response, user }) => tus.handle(request, response, userDoor(services, user)),
    appendUpload: ({ request, response, user }) => tus.handle(request, response, userDoor(services, user)),
    deleteUpload: ({ request, response, user }) => tus.handle(request, response, userDoor(services, user)),
  } satisfies Partial<Handlers>;
}

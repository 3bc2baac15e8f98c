import type { Handlers } from '../route-router.ts';
import type { TusEndpoint } from '../tus-endpoint.ts';

/** tus is spoken by a library; these rows say who may speak it. */
export function uploadHandlers(tus: TusEndpoint) {
  return {
    describeUploads: ({ request, response }) => tus.handle(request, response, undefined),
    createUpload: ({ request, response, user }) => tus.handle(request, response, user),
    headUpload: ({ request, response, user }) => tus.handle(request, response, user),
    appendUpload: ({ request, response, user }) => tus.handle(request, response, user),
    deleteUpload: ({ request, response, user }) => tus.handle(request, response, user),
  } satisfies Partial<Handlers>;
}

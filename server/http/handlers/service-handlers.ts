import { createOpenApiDocument } from '../openapi.ts';
import type { Handlers } from '../route-router.ts';

const openApiDocument = createOpenApiDocument();

export const serviceHandlers = {
  async getHealth({ services }) {
    await services.ping();
    return { body: { status: 'ok' } };
  },

  async getOpenapi() {
    return { body: openApiDocument };
  },
} satisfies Partial<Handlers>;

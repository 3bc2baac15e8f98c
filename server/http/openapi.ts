import { z } from 'zod';
import { routes, type Policy, type Route } from '../contract/routes.ts';
import { errorBodySchema } from '../contract/schemas.ts';
import { fullPath } from './route-router.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document, made from the same rows as the router. */
export function createOpenApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, route] of Object.entries(routes) as [string, Route][]) {
    const path = fullPath(route).replace(/[:*](\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(operationId, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Drey', version: '1', description: 'Browse, upload and hand on files.' },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'drey' },
      },
      schemas: { Error: z.toJSONSchema(errorBodySchema) },
    },
  };
}

function describe(operationId: string, route: Route): Json {
  return {
    operationId,
    summary: route.summary,
    description: describePolicy(route.policy),
    parameters: [...describePath(route), ...describeQuery(route)],
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: z.toJSONSchema(route.body, { io: 'input' }) } },
      },
    }),
    ...(route.bodyType && { requestBody: { content: { 'application/octet-stream': {} } } }),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Success',
        ...(route.response && {
          content: { 'application/json': { schema: z.toJSONSchema(route.response) } },
        }),
      },
      default: {
        description: 'An error',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
    security:
      route.policy.who === 'user' || route.policy.who === 'admin' ? [{ token: [] }, { session: [] }] : [],
  };
}

function describePolicy(policy: Policy): string {
  if (policy.who === 'anyone') return 'Anyone may ask.';
  if (policy.who === 'locked-link') return 'For the holder of a link that needs a password.';
  if (policy.who === 'drop') return 'For the holder of a live link for dropping.';
  if (policy.who === 'admin') return 'For administrators.';
  const holder = policy.who === 'link' ? 'the holder of a live link' : 'a user';
  if (policy.own) return `For ${holder}, on a ${policy.own} of their own.`;
  return policy.level
    ? `For ${holder} with the level "${policy.level}" on what the ${policy.on} names.`
    : `For ${holder}.`;
}

function describePath(route: Route): Json[] {
  return [...fullPath(route).matchAll(/[:*](\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function describeQuery(route: Route): Json[] {
  if (!route.query) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(route.query, { io: 'input' }) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

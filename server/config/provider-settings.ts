import { z } from 'zod';

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** `ml-team=vision,staff=staff`: what a group is called there, and here. */
const groupMapSchema = z
  .string()
  .refine(
    (text) => list(text).every((pair) => /^[^=]+=[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?$/.test(pair)),
    'is a list such as ml-team=vision, staff=staff',
  )
  .transform(
    (text) =>
      new Map(
        list(text).map((pair) => [
          pair.slice(0, pair.lastIndexOf('=')),
          pair.slice(pair.lastIndexOf('=') + 1),
        ]),
      ),
  );

/** Signing in with an OpenID provider: rows of the table of settings. */
export const providerSettings = {
  oidcIssuer: {
    env: 'DREY_OIDC_ISSUER',
    default: '',
    doc: 'The OpenID provider to sign in with, such as `https://sso.example.org/realms/lab`. Empty: passwords only. The redirect URI to register there is `<origin>/api/v1/sign-in/callback`.',
    schema: z
      .string()
      .refine((text) => text === '' || (URL.canParse(text) && /^https?:/.test(text)), 'is an https: address'),
  },
  oidcClientId: {
    env: 'DREY_OIDC_CLIENT_ID',
    default: '',
    doc: 'Our client identifier at the provider.',
    schema: z.string(),
  },
  oidcClientSecret: {
    env: 'DREY_OIDC_CLIENT_SECRET',
    default: '',
    doc: 'Our client secret there. Empty: a public client, with PKCE alone.',
    schema: z.string(),
  },
  oidcName: {
    env: 'DREY_OIDC_NAME',
    default: 'single sign-on',
    doc: 'What the provider is called on the sign-in page.',
    schema: z.string().min(1, 'cannot be empty').max(60, 'is too long'),
  },
  oidcScopes: {
    env: 'DREY_OIDC_SCOPES',
    default: 'openid profile',
    doc: 'What is asked of the provider.',
    schema: z.string().regex(/^openid(?: \S+)*$/, 'begins with openid'),
  },
  oidcNameClaim: {
    env: 'DREY_OIDC_NAME_CLAIM',
    default: 'preferred_username',
    doc: 'The claim that new accounts are named by.',
    schema: z.string().min(1, 'cannot be empty'),
  },
  oidcGroupsClaim: {
    env: 'DREY_OIDC_GROUPS_CLAIM',
    default: 'groups',
    doc: 'The claim that lists the groups of whoever signs in.',
    schema: z.string().min(1, 'cannot be empty'),
  },
  oidcAllowedGroups: {
    env: 'DREY_OIDC_ALLOWED_GROUPS',
    default: '',
    doc: 'Only members of one of these groups of the provider may sign in with it. Empty: all.',
    schema: z.string().transform(list),
  },
  oidcGroups: {
    env: 'DREY_OIDC_GROUPS',
    default: '',
    doc: 'Groups of the provider and the groups here that their members are in: `ml-team=vision,staff=staff`. Brought up to date at each sign-in.',
    schema: groupMapSchema,
  },
  oidcCreateUsers: {
    env: 'DREY_OIDC_CREATE_USERS',
    default: 'no',
    doc: 'Whether who is new gets an account (`yes`), or has to link an account they have (`no`).',
    schema: z.enum(['yes', 'no'], 'is yes or no'),
  },
} as const satisfies Record<string, { env: string; default: string; doc: string; schema: z.ZodType }>;

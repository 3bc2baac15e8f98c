import { z } from 'zod';
import type { Level } from './level.ts';
import { maxArchiveUrlItems } from './limits.ts';
import * as schema from './schemas.ts';

/**
 * Who may call a route. `anyone` needs no identity; `user` a session or an API token; `admin` one that belongs to an
 * administrator; `link` a live link to read, which is the token in the path; `drop` a live link to send files by;
 * `locked-link` one of either kind whose password is yet to be given.
 *
 * `level` with `on` says what the caller needs on which entry: the one named in the path, or those named in the
 * body or query. It is enforced by `files/`, which every such route goes through, and proved by the generated test
 * that walks every role over every row.
 *
 * An API token that was narrowed to a level or to places is only for entries: it may call the rows with a `level`, which
 * measure it by what it was left, and those that say `forNarrowed`: any such token, or one that was left that level there.
 */
export type Policy =
  | { who: 'anyone' }
  | { who: 'locked-link' }
  | { who: 'drop' }
  | { who: 'admin' }
  | {
      who: 'user' | 'link';
      level?: Level;
      on?: 'path' | 'body' | 'query' | 'metadata' | 'upload';
      own?: string;
      forNarrowed?: 'any' | Level;
    };

export type Route = {
  method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1` unless `base` says otherwise. `:name` is one segment, `*path` the rest, still encoded. */
  path: string;
  base?: '';
  summary: string;
  policy: Policy;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Whether the body may also come as a form, from a page whose scripts do not run. */
  acceptsForm?: boolean;
  /** A body that is not JSON: the handler reads the stream. */
  bodyType?: 'bytes' | 'tus';
  /** What a success answers: its status and, for JSON, its schema. */
  status?: number;
  response?: z.ZodType;
  responseType?: 'bytes' | 'zip' | 'text' | 'html' | 'tus';
};

const none = 204;
const onPath = <L extends Level>(level: L) => ({ who: 'user', level, on: 'path' }) as const satisfies Policy;
const onBody = <L extends Level>(level: L) => ({ who: 'user', level, on: 'body' }) as const satisfies Policy;
const self = { who: 'user' } as const satisfies Policy;
const forAnyToken = { who: 'user', forNarrowed: 'any' } as const satisfies Policy;
const ownUpload = { who: 'user', own: 'upload', level: 'write', on: 'upload' } as const satisfies Policy;
const own = (what: string) => ({ who: 'user', own: what }) as const satisfies Policy;
const byLink = { who: 'link', level: 'read', on: 'path' } as const satisfies Policy;
const byDrop = { who: 'drop' } as const satisfies Policy;
const noQuery = z.object({}).loose();
/** Paths under a link; without any, all of its items. */
const itemsQuery = z.object({
  item: z.union([z.string(), z.array(z.string()).max(maxArchiveUrlItems)]).optional(),
});
const dropQuery = z.object({ drop: schema.dropIdSchema.optional() });
const contentQuery = z.object({ inline: z.literal('1').optional() });

/**
 * Every endpoint there is. The router, the validation, the OpenAPI document and the role × route test are all made
 * from these rows; a handler cannot exist without one.
 */
export const routes = {
  getHealth: {
    method: 'GET',
    path: '/healthz',
    base: '',
    summary: 'Whether the server and its database answer.',
    policy: { who: 'anyone' },
    response: schema.okSchema,
  },
  getOpenapi: {
    method: 'GET',
    path: '/api/openapi.json',
    base: '',
    summary: 'This document.',
    policy: { who: 'anyone' },
    response: z.object({}).loose(),
  },

  setUp: {
    method: 'POST',
    path: '/setup',
    summary: 'Create the first administrator with the one-time token that the server printed.',
    policy: { who: 'anyone' },
    body: schema.setupSchema,
    status: 201,
    response: schema.sessionSchema,
  },
  createSession: {
    method: 'POST',
    path: '/session',
    summary: 'Sign in; sets the session cookie.',
    policy: { who: 'anyone' },
    body: schema.newSessionSchema,
    status: 201,
    response: schema.sessionSchema,
  },
  getSession: {
    method: 'GET',
    path: '/session',
    summary: 'Who is signed in.',
    policy: forAnyToken,
    response: schema.sessionSchema,
  },
  deleteSession: {
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out; ends the session at once.',
    policy: self,
    status: none,
  },
  listSessions: {
    method: 'GET',
    path: '/sessions',
    summary: 'Where the caller is signed in.',
    policy: self,
    response: schema.rowsOf(schema.sessionRowSchema),
  },
  deleteSessionRow: {
    method: 'DELETE',
    path: '/sessions/:id',
    summary: "End one of the caller's sessions.",
    policy: own('session'),
    status: none,
  },

  listRoots: {
    method: 'GET',
    path: '/roots',
    summary: 'The roots that the caller can see, home first.',
    policy: forAnyToken,
    response: schema.rowsOf(schema.rootSchema),
  },
  getEntry: {
    method: 'GET',
    path: '/entries/*path',
    summary: 'An entry, and one page of its children if it is a folder.',
    policy: onPath('list'),
    query: schema.listQuerySchema,
    response: schema.listingSchema,
  },
  deleteEntry: {
    method: 'DELETE',
    path: '/entries/*path',
    summary: 'Delete a file, or a folder with all it holds. Links on it end.',
    policy: onPath('write'),
    status: none,
  },
  measureEntry: {
    method: 'GET',
    path: '/sizes/*path',
    summary: 'How many files and bytes an entry holds in all.',
    policy: onPath('read'),
    response: schema.removalSummarySchema,
  },
  createDirectory: {
    method: 'PUT',
    path: '/directories/*path',
    summary: 'Create a folder. 201 when it is new; a folder that exists is left as it is, 200.',
    policy: onPath('write'),
    query: dropQuery,
    status: 201,
    response: schema.entrySchema,
  },
  getContent: {
    method: 'GET',
    path: '/content/*path',
    summary: 'The bytes of a file; Range, conditional requests and HEAD as RFC 9110 says.',
    policy: onPath('read'),
    query: contentQuery,
    responseType: 'bytes',
  },
  getThumbnail: {
    method: 'GET',
    path: '/thumbnails/*path',
    summary: 'A picture made small (WebP), for lists; 400 where there is none to make.',
    policy: onPath('read'),
    responseType: 'bytes',
  },
  putContent: {
    method: 'PUT',
    path: '/content/*path',
    summary:
      'Store a file whole. If-Match and If-None-Match: * make it conditional; Repr-Digest or Content-Digest (RFC 9530) have it verified.',
    policy: onPath('write'),
    query: dropQuery,
    bodyType: 'bytes',
    status: 201,
    response: schema.entrySchema,
  },
  getDrop: {
    method: 'GET',
    path: '/drops/:id',
    summary: "What can be undone of one of the caller's drops of files, and until when.",
    policy: own('drop'),
    response: schema.dropSchema,
  },
  undoDrop: {
    method: 'POST',
    path: '/drops/:id/undo',
    summary:
      'Take back what a drop added and put back what it replaced, a part at a time; what has changed since stays.',
    policy: own('drop'),
    response: schema.undoSchema,
  },
  getChecksum: {
    method: 'GET',
    path: '/checksums/*path',
    summary:
      'The SHA-256 of a file, where it is known; ?compute=1 reads the file if need be. The XXH64, where it was verified by it.',
    policy: onPath('read'),
    query: z.object({ compute: z.literal('1').optional() }),
    response: schema.checksumSchema,
  },
  compareFiles: {
    method: 'POST',
    path: '/comparisons',
    summary: 'Which of many files are in a folder already: absent, the same, or different.',
    policy: onBody('read'),
    body: schema.comparisonSchema,
    response: schema.comparisonResultSchema,
  },
  moveEntries: {
    method: 'POST',
    path: '/moves',
    summary: 'Move or rename entries; their links and grants go with them.',
    policy: onBody('write'),
    body: schema.transferSchema,
    response: schema.transferResultSchema,
  },
  copyEntries: {
    method: 'POST',
    path: '/copies',
    summary: 'Copy entries.',
    policy: onBody('write'),
    body: schema.transferSchema,
    response: schema.transferResultSchema,
  },
  getArchive: {
    method: 'GET',
    path: '/archive',
    summary: 'Entries as one zip, streamed, with an exact length.',
    policy: { who: 'user', level: 'read', on: 'query' },
    query: z.object({ item: z.union([z.string(), z.array(z.string()).max(maxArchiveUrlItems)]) }),
    responseType: 'zip',
  },

  uploadBulk: {
    method: 'POST',
    path: '/bulk/*path',
    summary:
      'Store many small files below a folder at once; one result a file. Names are UTF-8; filename* wins over filename.',
    policy: onPath('write'),
    query: z.object({
      onConflict: schema.onConflictSchema.default('fail'),
      drop: schema.dropIdSchema.optional(),
    }),
    bodyType: 'bytes',
    response: schema.bulkResultSchema,
  },
  listUploads: {
    method: 'GET',
    path: '/uploads',
    summary:
      "The caller's unfinished uploads, newest first. To give one up: DELETE /uploads/<id>, as tus has it.",
    policy: self,
    query: schema.uploadListQuerySchema,
    response: schema.rowsOf(schema.uploadSchema),
  },
  createUpload: {
    method: 'POST',
    path: '/uploads',
    summary:
      'Begin a resumable upload (tus 1.0.0; metadata uri, onConflict, modifiedAt, ifMatch, sha256, checksum, drop).',
    policy: { who: 'user', level: 'write', on: 'metadata' },
    bodyType: 'tus',
    status: 201,
    responseType: 'tus',
  },

  postArchive: {
    method: 'POST',
    path: '/archive',
    summary: 'The same for more entries than an address can name: the items come as a form.',
    policy: onBody('read'),
    body: schema.archiveFormSchema,
    acceptsForm: true,
    responseType: 'zip',
  },
  describeUploads: {
    method: 'OPTIONS',
    path: '/uploads',
    summary: 'What of tus is spoken here.',
    policy: { who: 'anyone' },
    status: none,
    responseType: 'tus',
  },
  headUpload: {
    method: 'HEAD',
    path: '/uploads/:id',
    summary: "How far one of the caller's uploads has come.",
    policy: ownUpload,
    responseType: 'tus',
  },
  appendUpload: {
    method: 'PATCH',
    path: '/uploads/:id',
    summary: 'Add bytes; the last ones put the file in its place.',
    policy: ownUpload,
    bodyType: 'tus',
    status: none,
    responseType: 'tus',
  },
  deleteUpload: {
    method: 'DELETE',
    path: '/uploads/:id',
    summary: 'Give an upload up.',
    policy: { who: 'user', own: 'upload', forNarrowed: 'write' },
    status: none,
    responseType: 'tus',
  },

  listLinks: {
    method: 'GET',
    path: '/links',
    summary: "The caller's links, newest first.",
    policy: self,
    query: schema.linkListQuerySchema,
    response: schema.rowsOf(schema.linkSchema),
  },
  createLink: {
    method: 'POST',
    path: '/links',
    summary: 'Make a link on one or several entries. No expiry means permanent.',
    policy: onBody('manage'),
    body: schema.newLinkSchema,
    status: 201,
    response: schema.linkSchema,
  },
  listCoveringLinks: {
    method: 'GET',
    path: '/links/covering',
    summary:
      'The live links that give any of some entries, by themselves or with a folder above; whoever made them.',
    policy: { who: 'user', level: 'manage', on: 'query' },
    query: z.object({ uri: z.union([z.string(), z.array(z.string()).max(100)]) }),
    response: schema.rowsOf(schema.coveringLinkSchema),
  },
  getLinkRules: {
    method: 'GET',
    path: '/links/rules',
    summary: 'What a link on some entries must keep to.',
    policy: self,
    query: z.object({ uri: z.union([z.string(), z.array(z.string()).max(100)]).optional() }),
    response: schema.linkRulesSchema,
  },
  getLink: {
    method: 'GET',
    path: '/links/:id',
    summary: "One of the caller's links.",
    policy: own('link'),
    response: schema.linkSchema,
  },
  revokeLink: {
    method: 'DELETE',
    path: '/links/:id',
    summary: 'Revoke a link: the next request with it is refused. It can be undone for ten minutes.',
    policy: own('link'),
    status: none,
  },

  updateLink: {
    method: 'PATCH',
    path: '/links/:id',
    summary:
      'Change a link: label, note, expiry, password, limit, items. What is absent stays; null takes away.',
    policy: own('link'),
    body: schema.linkPatchSchema,
    response: schema.linkSchema,
  },
  listLinkEvents: {
    method: 'GET',
    path: '/links/:id/events',
    summary: "What was done with one of the caller's links, newest first.",
    policy: own('link'),
    query: schema.pageQuerySchema,
    response: schema.rowsOf(schema.linkEventSchema),
  },
  listAllLinks: {
    method: 'GET',
    path: '/admin/links',
    summary: 'Every link of the installation, newest first, without the addresses of others.',
    policy: { who: 'admin' },
    query: schema.allLinksQuerySchema,
    response: schema.rowsOf(schema.foreignLinkSchema),
  },
  getAnyLink: {
    method: 'GET',
    path: '/admin/links/:id',
    summary: 'Any link of the installation.',
    policy: { who: 'admin' },
    response: schema.foreignLinkSchema,
  },
  listAnyLinkEvents: {
    method: 'GET',
    path: '/admin/links/:id/events',
    summary: 'What was done with any link, newest first.',
    policy: { who: 'admin' },
    query: schema.pageQuerySchema,
    response: schema.rowsOf(schema.linkEventSchema),
  },
  revokeAnyLink: {
    method: 'DELETE',
    path: '/admin/links/:id',
    summary: 'Revoke any link. Its creator cannot undo it.',
    policy: { who: 'admin' },
    status: none,
  },
  regenerateLink: {
    method: 'POST',
    path: '/links/:id/generations',
    summary: 'Give a link a new URL; the old one is revoked.',
    policy: own('link'),
    status: 201,
    response: schema.linkSchema,
  },
  listLinkDrops: {
    method: 'GET',
    path: '/links/:id/drops',
    summary: 'What has been sent by a link for dropping, newest first.',
    policy: own('link'),
    query: schema.pageQuerySchema,
    response: schema.rowsOf(schema.receivedDropSchema),
  },
  pinLink: {
    method: 'POST',
    path: '/links/:id/pins',
    summary:
      'Publish what is there now: a manifest is made, and from then on the link gives exactly those bytes.',
    policy: own('link'),
    status: 201,
    response: schema.linkSchema,
  },
  listGrants: {
    method: 'GET',
    path: '/grants',
    summary: 'The grants that bear on an entry, or those that the caller gave or was given.',
    policy: { who: 'user', level: 'manage', on: 'query' },
    query: z.object({
      uri: z.string().optional(),
      direction: z.enum(['given', 'received']).default('given'),
    }),
    response: schema.rowsOf(schema.grantSchema),
  },
  explainGrant: {
    method: 'GET',
    path: '/grants/explanation',
    summary: 'Why a user has the level they have on an entry. For whoever manages it, and for oneself.',
    policy: { who: 'user', level: 'manage', on: 'query' },
    query: z.object({ uri: z.string(), user: z.string().max(200) }),
    response: schema.explanationSchema,
  },
  listTeammates: {
    method: 'GET',
    path: '/teammates',
    summary: 'Users and groups whose name begins so, to grant to; at most twenty.',
    policy: self,
    query: z.object({ prefix: z.string().min(1).max(32) }),
    response: schema.rowsOf(schema.teammateSchema),
  },
  listGroups: {
    method: 'GET',
    path: '/groups',
    summary: 'All groups and who is in them.',
    policy: { who: 'admin' },
    response: schema.rowsOf(schema.groupSchema),
  },
  createGroup: {
    method: 'POST',
    path: '/groups',
    summary: 'Create a group.',
    policy: { who: 'admin' },
    body: schema.newGroupSchema,
    status: 201,
    response: schema.groupSchema,
  },
  deleteGroup: {
    method: 'DELETE',
    path: '/groups/:name',
    summary: 'Delete a group; what was granted to it ends.',
    policy: { who: 'admin' },
    status: none,
  },
  addGroupMember: {
    method: 'PUT',
    path: '/groups/:name/members/:user',
    summary: 'Put a user into a group.',
    policy: { who: 'admin' },
    status: none,
  },
  removeGroupMember: {
    method: 'DELETE',
    path: '/groups/:name/members/:user',
    summary: 'Take a user out of a group.',
    policy: { who: 'admin' },
    status: none,
  },
  createGrant: {
    method: 'POST',
    path: '/grants',
    summary: 'Grant a level on an entry and all below it.',
    policy: onBody('manage'),
    body: schema.newGrantSchema,
    status: 201,
    response: schema.grantAnswerSchema,
  },
  deleteGrant: {
    method: 'DELETE',
    path: '/grants',
    summary: 'Take a grant back.',
    policy: { who: 'user', level: 'manage', on: 'query' },
    query: z.object({ uri: z.string(), grantee: schema.granteeSchema }),
    status: none,
  },

  listUsers: {
    method: 'GET',
    path: '/users',
    summary: 'All users.',
    policy: { who: 'admin' },
    response: schema.rowsOf(schema.userSchema),
  },
  createUser: {
    method: 'POST',
    path: '/users',
    summary: 'Create a user with an empty home.',
    policy: { who: 'admin' },
    body: schema.newUserSchema,
    status: 201,
    response: schema.userSchema,
  },
  getUser: {
    method: 'GET',
    path: '/users/:name',
    summary: 'One user: oneself, or anyone for an administrator.',
    policy: own('user'),
    response: schema.userSchema,
  },
  updateUser: {
    method: 'PATCH',
    path: '/users/:name',
    summary: "Change one's own password, or as an administrator anyone's password, standing and quota.",
    policy: own('user'),
    body: schema.userPatchSchema,
    response: schema.userSchema,
  },
  deleteUser: {
    method: 'DELETE',
    path: '/users/:name',
    summary:
      'Delete a user: sessions, tokens, grants and links end; the files stay, or go to giveHomeTo as a folder.',
    policy: { who: 'admin' },
    query: z.object({ giveHomeTo: schema.userNameSchema.optional() }),
    status: none,
  },

  listOrphanedHomes: {
    method: 'GET',
    path: '/orphaned-homes',
    summary: 'Homes of users who are gone, which hold files still.',
    policy: { who: 'admin' },
    response: schema.rowsOf(schema.orphanedHomeSchema),
  },
  giveOrphanedHome: {
    method: 'POST',
    path: '/orphaned-homes/:name',
    summary: "Make such a home a folder in a user's own; answers where it is now.",
    policy: { who: 'admin' },
    body: schema.homeGiftSchema,
    response: z.object({ uri: z.string() }),
  },
  listInvites: {
    method: 'GET',
    path: '/invites',
    summary: 'Invitations, newest first.',
    policy: { who: 'admin' },
    response: schema.rowsOf(schema.inviteSchema),
  },
  createInvite: {
    method: 'POST',
    path: '/invites',
    summary: 'Make a one-time link by which someone makes their account. Its address is in this answer only.',
    policy: { who: 'admin' },
    body: schema.newInviteSchema,
    status: 201,
    response: schema.inviteSchema.extend({ url: z.string() }),
  },
  deleteInvite: {
    method: 'DELETE',
    path: '/invites/:id',
    summary: 'Withdraw an invitation.',
    policy: { who: 'admin' },
    status: none,
  },
  inspectInvite: {
    method: 'POST',
    path: '/invites/inspection',
    summary: 'What an invitation says, for whoever holds it.',
    policy: { who: 'anyone' },
    body: schema.inviteInspectionSchema,
    response: schema.openInviteSchema,
  },
  acceptInvite: {
    method: 'POST',
    path: '/invites/acceptance',
    summary: 'Make the account that one was invited to; sets the session cookie.',
    policy: { who: 'anyone' },
    body: schema.inviteAcceptanceSchema,
    status: 201,
    response: schema.sessionSchema,
  },

  listTokens: {
    method: 'GET',
    path: '/tokens',
    summary: "The caller's API tokens, without their secrets.",
    policy: self,
    response: schema.rowsOf(schema.tokenSchema),
  },
  createToken: {
    method: 'POST',
    path: '/tokens',
    summary: 'Make an API token. Its secret is in this answer and nowhere else.',
    policy: self,
    body: schema.newTokenSchema,
    status: 201,
    response: schema.tokenSchema.extend({ token: z.string() }),
  },
  deleteToken: {
    method: 'DELETE',
    path: '/tokens/:id',
    summary: "End one of the caller's API tokens.",
    policy: own('token'),
    status: none,
  },

  describeSignIn: {
    method: 'GET',
    path: '/sign-in',
    summary: 'By what one can sign in here.',
    policy: { who: 'anyone' },
    response: schema.signInSchema,
  },
  beginSignIn: {
    method: 'GET',
    path: '/sign-in/provider',
    summary: 'Sends the browser to the OpenID provider.',
    policy: { who: 'anyone' },
    query: schema.signInQuerySchema,
    status: 302,
  },
  finishSignIn: {
    method: 'GET',
    path: '/sign-in/callback',
    summary: 'Where the provider sends the browser back to: signs in, or says on the sign-in page why not.',
    policy: { who: 'anyone' },
    query: noQuery,
    status: 302,
  },
  listIdentities: {
    method: 'GET',
    path: '/identities',
    summary: 'The identities at a provider that the caller signs in with.',
    policy: self,
    response: schema.rowsOf(schema.identitySchema),
  },
  linkIdentity: {
    method: 'POST',
    path: '/identities',
    summary: 'Link an identity at the provider; with a session only. Answers where to go.',
    policy: self,
    body: schema.newIdentitySchema,
    response: z.object({ url: z.string() }),
  },
  deleteIdentity: {
    method: 'DELETE',
    path: '/identities/:id',
    summary: "Unlink one of the caller's identities.",
    policy: own('identity'),
    status: none,
  },
  approveClient: {
    method: 'POST',
    path: '/client-approvals',
    summary:
      'Let the command line that shows this challenge have a token; with a session only. Answers a code.',
    policy: self,
    body: schema.clientApprovalSchema,
    status: 201,
    response: schema.approvedClientSchema,
  },
  redeemApproval: {
    method: 'POST',
    path: '/client-approvals/redemption',
    summary: 'Exchange such a code, with the verifier of its challenge, for an API token; once.',
    policy: { who: 'anyone' },
    body: schema.clientRedemptionSchema,
    status: 201,
    response: schema.tokenSchema.extend({ token: z.string() }),
  },

  listAudit: {
    method: 'GET',
    path: '/audit',
    summary: 'What was done here, by whom and from where; newest first.',
    policy: { who: 'admin' },
    query: schema.auditQuerySchema,
    response: schema.rowsOf(schema.auditEventSchema),
  },
  exportAudit: {
    method: 'GET',
    path: '/audit/export',
    summary: 'The same as JSON lines, oldest first.',
    policy: { who: 'admin' },
    query: schema.auditFilterSchema,
    responseType: 'text',
  },

  unlockLink: {
    method: 'POST',
    path: '/s/:token/unlock',
    base: '',
    summary: 'Give the password of a link; sets a cookie for this link alone.',
    policy: { who: 'locked-link' },
    body: schema.unlockSchema,
    acceptsForm: true,
    status: none,
  },
  getLinkContent: {
    method: 'GET',
    path: '/s/:token/raw',
    base: '',
    summary: 'The bytes of a link on one file.',
    policy: byLink,
    query: contentQuery,
    responseType: 'bytes',
  },
  browseLink: {
    method: 'GET',
    path: '/s/:token/raw/',
    base: '',
    summary:
      'The items of a link as plain HTML with relative addresses, for `wget -r`, `rclone` and the like to walk.',
    policy: byLink,
    query: noQuery,
    responseType: 'html',
  },
  browseLinkAt: {
    method: 'GET',
    path: '/s/:token/raw/*path/',
    base: '',
    summary: 'The same of a folder under a link.',
    policy: byLink,
    query: noQuery,
    responseType: 'html',
  },
  getLinkContentAt: {
    method: 'GET',
    path: '/s/:token/raw/*path',
    base: '',
    summary: 'The bytes of one file under a link.',
    policy: byLink,
    query: contentQuery,
    responseType: 'bytes',
  },
  getLinkThumbnail: {
    method: 'GET',
    path: '/s/:token/thumbnails/*path',
    base: '',
    summary: 'A picture under a link made small (WebP), for lists; uses nothing up.',
    policy: byLink,
    responseType: 'bytes',
  },
  getLinkArchive: {
    method: 'GET',
    path: '/s/:token/zip',
    base: '',
    summary: 'The items of a link as one zip.',
    policy: byLink,
    query: itemsQuery,
    responseType: 'zip',
  },
  postLinkArchive: {
    method: 'POST',
    path: '/s/:token/zip',
    base: '',
    summary: 'The same for more items than an address can name: they come as a form.',
    policy: byLink,
    body: schema.archiveFormSchema,
    acceptsForm: true,
    responseType: 'zip',
  },
  listLinkItems: {
    method: 'GET',
    path: '/s/:token/entries',
    base: '',
    summary: 'The items of a link.',
    policy: byLink,
    query: schema.listQuerySchema,
    response: schema.sharedListingSchema,
  },
  listLinkEntries: {
    method: 'GET',
    path: '/s/:token/entries/*path',
    base: '',
    summary: 'One page of a folder under a link.',
    policy: byLink,
    query: schema.listQuerySchema,
    response: schema.sharedListingSchema,
  },
  getLinkChecksums: {
    method: 'GET',
    path: '/s/:token/SHA256SUMS',
    base: '',
    summary: 'Checksums of every file under the link, or of some items, as `sha256sum -c` reads them.',
    policy: byLink,
    query: itemsQuery,
    responseType: 'text',
  },
  listLinkUrls: {
    method: 'GET',
    path: '/s/:token/urls',
    base: '',
    summary:
      'The address of every file under the link, or of some items, one a line; `for` adds where each is saved, as that program reads it.',
    policy: byLink,
    query: itemsQuery.extend({ for: z.enum(['curl', 'aria2c']).optional() }),
    responseType: 'text',
  },
  listSent: {
    method: 'GET',
    path: '/s/:token/drops',
    base: '',
    summary: 'What a link for dropping takes, and what this visitor has sent by it.',
    policy: byDrop,
    response: schema.dropPageSchema,
  },
  dropFiles: {
    method: 'POST',
    path: '/s/:token/bulk',
    base: '',
    summary: 'Send files by a link, as a form does; one result a file. A taken name gets a number.',
    policy: byDrop,
    query: z.object({ sender: z.string().max(200).optional() }).loose(),
    bodyType: 'bytes',
    response: schema.dropResultSchema,
  },
  describeDropUploads: {
    method: 'OPTIONS',
    path: '/s/:token/uploads',
    base: '',
    summary: 'What of tus is spoken here.',
    policy: byDrop,
    status: none,
    responseType: 'tus',
  },
  createDropUpload: {
    method: 'POST',
    path: '/s/:token/uploads',
    base: '',
    summary:
      'Begin a resumable upload by a link (tus 1.0.0; metadata path, sender, modifiedAt, sha256, checksum).',
    policy: byDrop,
    bodyType: 'tus',
    status: 201,
    responseType: 'tus',
  },
  headDropUpload: {
    method: 'HEAD',
    path: '/s/:token/uploads/:id',
    base: '',
    summary: "How far one of this visitor's uploads has come.",
    policy: byDrop,
    responseType: 'tus',
  },
  appendDropUpload: {
    method: 'PATCH',
    path: '/s/:token/uploads/:id',
    base: '',
    summary: 'Add bytes; the last ones put the file in its place.',
    policy: byDrop,
    bodyType: 'tus',
    status: none,
    responseType: 'tus',
  },
  deleteDropUpload: {
    method: 'DELETE',
    path: '/s/:token/uploads/:id',
    base: '',
    summary: 'Give an upload up.',
    policy: byDrop,
    status: none,
    responseType: 'tus',
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

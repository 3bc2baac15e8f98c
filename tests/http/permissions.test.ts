import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { system } from '../../server/audit/audit-event.ts';
import { includesLevel, type Level } from '../../server/contract/level.ts';
import { routes, type Policy, type Route, type RouteName } from '../../server/contract/routes.ts';
import type { Link } from '../../server/contract/schemas.ts';
import { fullPath } from '../../server/http/route-router.ts';
import { tokenOf } from '../support/canaries.ts';
import { redPng } from '../support/red-png.ts';
import { sendRaw } from '../support/raw-request.ts';
import { password, startServerOn, type TestServer } from '../support/test-server.ts';

/** What there is to ask for: bob's, made anew for every question, so that no answer changes the next. */
type Target = {
  /** A folder of bob's with `f.txt` in it, on which the one who asks has their level. */
  folder: string;
  newLink: () => Promise<string>;
  newUpload: () => Promise<string>;
  newDrop: () => Promise<string>;
  newSession: () => Promise<string>;
  newToken: () => Promise<string>;
  newUser: () => Promise<string>;
  newGroup: () => Promise<string>;
  newInvite: () => Promise<string>;
  freeName: string;
  grantCarl: () => Promise<unknown>;
};
type Sample = {
  /** What stands for the parameters of the row's path. */
  params?: Record<string, string>;
  query?: string;
  body?: object | string;
  headers?: Record<string, string>;
  /** The status of a success. */
  success: number;
};
type LinkTarget = { file: string; folder: string };

const tus = { 'Tus-Resumable': '1.0.0' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const uri = (path: string) => `storage:/${path}`;
const encoded = (path: string) => encodeURIComponent(uri(path));

/** One question a row that asks a user; a new row has no test until it stands here, and does not compile. */
const userRequests: {
  [
    Name in RouteName as (typeof routes)[Name]['policy']['who'] extends 'link' | 'locked-link' | 'drop'
      ? never
      : Name
  ]: (target: Target) => Sample | Promise<Sample>;
} = {
  getHealth: () => ({ success: 200 }),
  getOpenapi: () => ({ success: 200 }),
  // Anyone may try, and is told that it is over.
  setUp: () => ({ body: { token: 'x', name: 'eve', password }, success: 404 }),
  createSession: () => ({ body: { name: 'carl', password }, success: 201 }),
  getSession: () => ({ success: 200 }),
  deleteSession: () => ({ success: 204 }),
  listSessions: () => ({ success: 200 }),
  deleteSessionRow: async ({ newSession }) => ({ params: { id: await newSession() }, success: 204 }),

  listRoots: () => ({ success: 200 }),
  getEntry: ({ folder }) => ({ params: { path: folder }, success: 200 }),
  deleteEntry: ({ folder }) => ({ params: { path: `${folder}/f.txt` }, success: 204 }),
  measureEntry: ({ folder }) => ({ params: { path: folder }, success: 200 }),
  createDirectory: ({ folder }) => ({ params: { path: `${folder}/new` }, success: 201 }),
  getContent: ({ folder }) => ({ params: { path: `${folder}/f.txt` }, success: 200 }),
  getThumbnail: ({ folder }) => ({ params: { path: `${folder}/dot.png` }, success: 200 }),
  putContent: ({ folder }) => ({ params: { path: `${folder}/new.txt` }, body: 'new', success: 201 }),
  moveEntries: ({ folder }) => ({
    body: { from: [uri(`${folder}/f.txt`)], to: uri(`${folder}/g.txt`), into: false },
    success: 200,
  }),
  copyEntries: ({ folder }) => ({
    body: { from: [uri(`${folder}/f.txt`)], to: uri(`${folder}/g.txt`), into: false },
    success: 200,
  }),
  getDrop: async ({ newDrop }) => ({ params: { id: await newDrop() }, success: 200 }),
  undoDrop: async ({ newDrop }) => ({ params: { id: await newDrop() }, success: 200 }),
  getChecksum: ({ folder }) => ({ params: { path: `${folder}/f.txt` }, success: 200 }),
  compareFiles: ({ folder }) => ({
    body: { folder: uri(folder), items: [{ path: 'f.txt', size: 1 }] },
    success: 200,
  }),
  postArchive: ({ folder }) => ({ body: { item: uri(folder) }, success: 200 }),
  getArchive: ({ folder }) => ({ query: `item=${encoded(folder)}`, success: 200 }),
  uploadBulk: ({ folder }) => ({
    params: { path: folder },
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    body: '--b\r\nContent-Disposition: form-data; name="file"; filename="new.txt"\r\n\r\nx\r\n--b--\r\n',
    success: 200,
  }),

  listUploads: () => ({ success: 200 }),
  createUpload: ({ folder }) => ({
    headers: { ...tus, 'Upload-Length': '1', 'Upload-Metadata': `uri ${base64(uri(`${folder}/up.txt`))}` },
    success: 201,
  }),
  describeUploads: () => ({ success: 204 }),
  headUpload: async ({ newUpload }) => ({ params: { id: await newUpload() }, headers: tus, success: 200 }),
  appendUpload: async ({ newUpload }) => ({
    params: { id: await newUpload() },
    headers: { ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
    body: 'x',
    success: 204,
  }),
  deleteUpload: async ({ newUpload }) => ({ params: { id: await newUpload() }, headers: tus, success: 204 }),

  listLinks: () => ({ success: 200 }),
  createLink: ({ folder }) => ({ body: { items: [uri(folder)] }, success: 201 }),
  getLink: async ({ newLink }) => ({ params: { id: await newLink() }, success: 200 }),
  revokeLink: async ({ newLink }) => ({ params: { id: await newLink() }, success: 204 }),
  updateLink: async ({ newLink }) => ({
    params: { id: await newLink() },
    body: { label: 'x' },
    success: 200,
  }),
  listCoveringLinks: ({ folder }) => ({ query: `uri=${encoded(folder)}`, success: 200 }),
  getLinkRules: ({ folder }) => ({ query: `uri=${encoded(folder)}`, success: 200 }),
  listLinkEvents: async ({ newLink }) => ({ params: { id: await newLink() }, success: 200 }),
  listAllLinks: () => ({ success: 200 }),
  getAnyLink: async ({ newLink }) => ({ params: { id: await newLink() }, success: 200 }),
  listAnyLinkEvents: async ({ newLink }) => ({ params: { id: await newLink() }, success: 200 }),
  revokeAnyLink: async ({ newLink }) => ({ params: { id: await newLink() }, success: 204 }),
  listLinkDrops: async ({ newLink }) => ({ params: { id: await newLink() }, success: 200 }),
  pinLink: async ({ newLink }) => ({ params: { id: await newLink() }, success: 201 }),
  regenerateLink: async ({ newLink }) => ({ params: { id: await newLink() }, success: 201 }),

  listGrants: ({ folder }) => ({ query: `uri=${encoded(folder)}`, success: 200 }),
  explainGrant: ({ folder }) => ({ query: `uri=${encoded(folder)}&user=carl`, success: 200 }),
  createGrant: ({ folder }) => ({
    body: { uri: uri(folder), grantee: 'user:carl', level: 'read' },
    success: 201,
  }),
  deleteGrant: async ({ folder, grantCarl }) => {
    await grantCarl();
    return { query: `uri=${encoded(folder)}&grantee=user:carl`, success: 204 };
  },
  listTeammates: () => ({ query: 'prefix=c', success: 200 }),
  listGroups: () => ({ success: 200 }),
  createGroup: ({ freeName }) => ({ body: { name: freeName }, success: 201 }),
  deleteGroup: async ({ newGroup }) => ({ params: { name: await newGroup() }, success: 204 }),
  addGroupMember: async ({ newGroup }) => ({
    params: { name: await newGroup(), user: 'carl' },
    success: 204,
  }),
  removeGroupMember: async ({ newGroup }) => {
    const name = await newGroup();
    await server.services.groups.addMember(system, name, 'carl');
    return { params: { name, user: 'carl' }, success: 204 };
  },

  listUsers: () => ({ success: 200 }),
  createUser: ({ freeName }) => ({ body: { name: freeName, password }, success: 201 }),
  getUser: () => ({ params: { name: 'bob' }, success: 200 }),
  updateUser: () => ({ params: { name: 'bob' }, body: {}, success: 200 }),
  deleteUser: async ({ newUser }) => ({ params: { name: await newUser() }, success: 204 }),

  listOrphanedHomes: () => ({ success: 200 }),
  // A home that is somebody's is none of these.
  giveOrphanedHome: () => ({ params: { name: 'bob' }, body: { to: 'carl' }, success: 404 }),
  listInvites: () => ({ success: 200 }),
  createInvite: () => ({ body: {}, success: 201 }),
  deleteInvite: async ({ newInvite }) => ({ params: { id: await newInvite() }, success: 204 }),
  inspectInvite: async () => ({ body: { token: (await invite()).token }, success: 200 }),
  acceptInvite: async ({ freeName }) => ({
    body: { token: (await invite()).token, name: freeName, password },
    success: 201,
  }),
  describeSignIn: () => ({ success: 200 }),
  // Nothing is set up; tests/http/provider-sign-in.test.ts has a provider.
  beginSignIn: () => ({ success: 404 }),
  finishSignIn: () => ({ success: 404 }),
  listIdentities: () => ({ success: 200 }),
  linkIdentity: () => ({ body: {}, success: 404 }),
  deleteIdentity: () => ({ params: { id: 'x' }, success: 404 }),
  approveClient: () => ({ body: { challenge: 'A'.repeat(43) }, success: 201 }),
  redeemApproval: () => ({ body: { code: 'A'.repeat(43), verifier: 'A'.repeat(43) }, success: 401 }),
  listAudit: () => ({ success: 200 }),
  exportAudit: () => ({ success: 200 }),
  listTokens: () => ({ success: 200 }),
  createToken: () => ({ body: { label: 'x' }, success: 201 }),
  deleteToken: async ({ newToken }) => ({ params: { id: await newToken() }, success: 204 }),
};

const linkRequests: {
  [
    Name in RouteName as (typeof routes)[Name]['policy']['who'] extends 'link' | 'locked-link' ? Name : never
  ]: (target: LinkTarget) => Sample;
} = {
  unlockLink: ({ folder }) => ({
    params: { token: folder },
    body: { password: 'of the link' },
    success: 204,
  }),
  getLinkContent: ({ file }) => ({ params: { token: file }, success: 200 }),
  getLinkContentAt: ({ folder }) => ({ params: { token: folder, path: 'linked/f.txt' }, success: 200 }),
  browseLink: ({ folder }) => ({ params: { token: folder }, success: 200 }),
  browseLinkAt: ({ folder }) => ({ params: { token: folder, path: 'linked' }, success: 200 }),
  getLinkThumbnail: ({ folder }) => ({ params: { token: folder, path: 'linked/dot.png' }, success: 200 }),
  getLinkArchive: ({ folder }) => ({ params: { token: folder }, success: 200 }),
  postLinkArchive: ({ folder }) => ({ params: { token: folder }, body: { item: 'linked' }, success: 200 }),
  listLinkItems: ({ folder }) => ({ params: { token: folder }, success: 200 }),
  listLinkEntries: ({ folder }) => ({ params: { token: folder, path: 'linked' }, success: 200 }),
  getLinkChecksums: ({ folder }) => ({ params: { token: folder }, success: 200 }),
  listLinkUrls: ({ folder }) => ({ params: { token: folder }, success: 200 }),
};

/** Who asks. `level` is what they have on the target; `in` is the part of bob's home where they have it. */
type Role = {
  isSignedIn: boolean;
  level?: Level;
  isOwner?: true;
  isAdmin?: true;
  in?: string;
  /** They come with an API token that was narrowed. */
  isNarrowed?: true;
};
const roles: Record<string, Role> = {
  nobody: { isSignedIn: false },
  'the owner whose session expired': { isSignedIn: false },
  'the owner whose session was ended': { isSignedIn: false },
  'the owner with an expired API token': { isSignedIn: false },
  'the owner with a deleted API token': { isSignedIn: false },
  'someone disabled who was granted manage': { isSignedIn: false },
  'the holder of a link, as an API token': { isSignedIn: false },
  'the holder of a link, as a cookie': { isSignedIn: false },
  'a stranger': { isSignedIn: true },
  'someone granted list': { isSignedIn: true, level: 'list' },
  'someone granted read': { isSignedIn: true, level: 'read' },
  'someone granted write': { isSignedIn: true, level: 'write' },
  'someone granted manage': { isSignedIn: true, level: 'manage' },
  'a member of a group granted write': { isSignedIn: true, level: 'write' },
  'anyone, where the public is granted read': { isSignedIn: true, level: 'read', in: 'open' },
  'the owner': { isSignedIn: true, level: 'manage', isOwner: true },
  // Other people's homes are not an administrator's.
  'an administrator': { isSignedIn: true, isAdmin: true },
  "the owner's whole API token": { isSignedIn: true, level: 'manage', isOwner: true },
  "the owner's token that may only read": {
    isSignedIn: true,
    level: 'read',
    isOwner: true,
    isNarrowed: true,
  },
  "the owner's token for this place": { isSignedIn: true, level: 'manage', isOwner: true, isNarrowed: true },
  "the owner's token for writing to this place": {
    isSignedIn: true,
    level: 'write',
    isOwner: true,
    isNarrowed: true,
  },
  "the owner's token for another place": { isSignedIn: true, isOwner: true, isNarrowed: true },
  "an administrator's token for a place": { isSignedIn: true, isAdmin: true, isNarrowed: true },
  "a disabled user's API token": { isSignedIn: false },
};

/** What the policy of a row says to a role. */
function statusFor(policy: Policy, role: Role, success: number): number {
  if (policy.who === 'anyone') return success;
  if (!role.isSignedIn) return 401;
  if (policy.who === 'admin') return role.isAdmin && !role.isNarrowed ? success : 403;
  if (policy.who !== 'user') throw new Error('A row for links is not asked by users.');
  const { level: need, forNarrowed } = policy;
  if (role.isNarrowed && need === undefined && !forNarrowed) return 403;
  if (role.isNarrowed && forNarrowed && forNarrowed !== 'any') {
    if (role.level === undefined) return 404;
    if (!includesLevel(role.level, forNarrowed)) return 403;
  }
  if (policy.own !== undefined) {
    const isTheirs = role.isOwner || (policy.own === 'user' && role.isAdmin);
    if (!isTheirs) return 404;
    if (policy.level === undefined) return success;
  }
  if (policy.level === undefined) return success;
  if (role.level === undefined) return 404;
  return includesLevel(role.level, policy.level) ? success : 403;
}

/** What becomes of a link. */
const linkRoles: Record<string, { status: 'success' | 401 | 404 | 410; unlocking?: number }> = {
  'a live link': { status: 'success' },
  'a locked link': { status: 401, unlocking: 204 },
  'an expired link': { status: 410 },
  'a revoked link': { status: 410 },
  'an old address of a link': { status: 410 },
  'a used-up link': { status: 410 },
  'a link whose creator is disabled': { status: 410 },
  'a link whose creator lost the right': { status: 410 },
  'a link whose item is deleted': { status: 410 },
  'a link of a deleted user': { status: 404 },
  'a token that nobody signed': { status: 404 },
};

let server: TestServer;
let dataFolder: string;
const credentials: Record<string, (endsIt: boolean) => Promise<Record<string, string>>> = {};
const linkTargets: Record<string, LinkTarget> = {};
const untouched: Record<string, Promise<string>> = {};
let count = 0;

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'drey-permissions-'));
  server = await startServerOn(dataFolder);
  await makeRoles();
  await makeLinks();
}, 60_000);

afterAll(async () => {
  await server.close();
  await rm(dataFolder, { recursive: true, force: true });
});

const as = (name: string) => ({ Authorization: `Bearer ${name}` });
const post = async (token: string, path: string, body: object) => {
  const { status, text } = await sendRaw(server.origin, 'POST', `/api/v1/${path}`, {
    headers: as(token),
    body,
  });
  if (status !== 201) throw new Error(`${path}: ${status} ${text}`);
  return JSON.parse(text);
};
const disable = (name: string) =>
  sendRaw(server.origin, 'PATCH', `/api/v1/users/${name}`, {
    headers: as(server.alice.token),
    body: { isDisabled: true },
  });
const client = { address: '', userAgent: '' };
async function openSession(name: string): Promise<string> {
  return server.services.sessions.open(await server.services.users.get(name), client, 'password');
}
/** A cookie of one session for all questions but the one that ends it. */
const signedIn = (name: string) => {
  const shared = openSession(name);
  return async (endsIt: boolean) => ({ Cookie: `drey=${await (endsIt ? openSession(name) : shared)}` });
};

async function makeRoles(): Promise<void> {
  const { services, time, bob, alice } = server;
  for (const folder of ['closed', 'open']) await mkdir(join(server.homeOf('bob'), folder));
  await services.groups.create(system, 'team');
  for (const name of ['stranger', 'list', 'read', 'write', 'manage', 'disabled', 'member', 'carl']) {
    await server.createUser(name);
  }
  await services.groups.addMember(system, 'team', 'member');
  const grants = { list: 'list', read: 'read', write: 'write', manage: 'manage', disabled: 'manage' };
  for (const [name, level] of Object.entries(grants)) {
    await post(bob.token, 'grants', { uri: 'storage:closed', grantee: `user:${name}`, level });
  }
  await post(bob.token, 'grants', { uri: 'storage:closed', grantee: 'group:team', level: 'write' });
  await post(bob.token, 'grants', { uri: 'storage:open', grantee: 'public', level: 'read' });
  const disabledToken = (
    await services.tokens.create(system, await services.users.get('disabled'), { label: '' })
  ).token;
  const disabledSession = await openSession('disabled');
  await disable('disabled');
  const narrowed = (terms: object, name = 'bob') => {
    const made = services.users
      .get(name)
      .then((user) => services.tokens.create(system, user, { label: '', ...terms }));
    return async () => as((await made).token);
  };

  const now = time.now;
  time.now = new Date(now.getTime() - 31 * 86_400_000);
  const expired = await openSession('bob');
  const owner = await services.users.get('bob');
  const expiredToken = await services.tokens.create(system, owner, { label: 'old', expiresInSeconds: 3600 });
  time.now = now;
  const ended = await openSession('bob');
  await sendRaw(server.origin, 'DELETE', '/api/v1/session', { headers: { Cookie: `drey=${ended}` } });
  const deletedToken = await services.tokens.create(system, owner, { label: 'gone' });
  await services.tokens.remove(system, owner, deletedToken.row.id);
  const link = (await post(bob.token, 'links', { items: ['storage:closed'] })) as Link;

  Object.assign(credentials, {
    nobody: async () => ({}),
    'the owner whose session expired': async () => ({ Cookie: `drey=${expired}` }),
    'the owner whose session was ended': async () => ({ Cookie: `drey=${ended}` }),
    'the owner with an expired API token': async () => as(expiredToken.token),
    'the owner with a deleted API token': async () => as(deletedToken.token),
    'someone disabled who was granted manage': async () => ({ Cookie: `drey=${disabledSession}` }),
    'the holder of a link, as an API token': async () => as(tokenOf(link)),
    'the holder of a link, as a cookie': async () => ({ Cookie: `drey=${tokenOf(link)}` }),
    'a stranger': signedIn('stranger'),
    'someone granted list': signedIn('list'),
    'someone granted read': signedIn('read'),
    'someone granted write': signedIn('write'),
    'someone granted manage': signedIn('manage'),
    'a member of a group granted write': signedIn('member'),
    'anyone, where the public is granted read': signedIn('stranger'),
    'the owner': signedIn('bob'),
    'an administrator': signedIn(alice.name),
    "the owner's whole API token": async () => as(bob.token),
    "the owner's token that may only read": narrowed({ level: 'read' }),
    "the owner's token for this place": narrowed({ paths: ['bob/closed'] }),
    "the owner's token for writing to this place": narrowed({ level: 'write', paths: ['bob/closed'] }),
    "the owner's token for another place": narrowed({ paths: ['bob/other', 'bob/close'] }),
    "an administrator's token for a place": narrowed({ paths: ['alice/x'] }, alice.name),
    "a disabled user's API token": async () => as(disabledToken),
  });
}

const invite = () =>
  server.services.invites.create(
    { kind: 'operator', name: 'root' },
    { name: null, isAdmin: false, groups: [], expiresInSeconds: 60 },
  );

async function makeTarget(role: Role): Promise<Target> {
  count += 1;
  const number = count;
  const { services, bob } = server;
  const place = `${role.in ?? 'closed'}/t${number}`;
  const folder = `bob/${place}`;
  await mkdir(join(server.homeOf('bob'), place));
  await writeFile(join(server.homeOf('bob'), place, 'f.txt'), 'f');
  await writeFile(join(server.homeOf('bob'), place, 'dot.png'), redPng());
  const fresh = {
    link: async () => ((await post(bob.token, 'links', { items: [uri(folder)] })) as Link).id,
    upload: async () => {
      const metadata = { 'Upload-Length': '1', 'Upload-Metadata': `uri ${base64(uri(`${folder}/u`))}` };
      const headers = { ...tus, ...as(bob.token), ...metadata };
      const reply = await sendRaw(server.origin, 'POST', '/api/v1/uploads', { headers });
      return reply.headers.location?.split('/').at(-1) as string;
    },
    drop: async () => {
      const drop = `drop-of-${role.level ?? 'x'}-${number}-0123456789`;
      await sendRaw(server.origin, 'PUT', `/api/v1/content/${folder}/dropped?drop=${drop}`, {
        headers: as(bob.token),
        body: 'x',
      });
      return drop;
    },
    session: async () => (await services.sessions.findActor(await openSession('bob'), ''))?.via.id as string,
    token: async () =>
      (await services.tokens.create(system, await services.users.get('bob'), { label: 'x' })).row.id,
    user: async () =>
      (await services.users.create(system, { name: `gone-${number}`, password, isAdmin: false }))
        .name as string,
    invite: async () => (await invite()).row.id,
    group: async () => (await services.groups.create(system, `group-${number}`)).name as string,
  };
  /** One for all who may not touch it, and a new one for each who may. */
  const make = (what: keyof typeof fresh, isTouched: boolean | undefined) => () =>
    isTouched ? fresh[what]() : (untouched[what] ??= fresh[what]());
  return {
    folder,
    freeName: `free-${number}`,
    newLink: make('link', role.isOwner),
    newUpload: make('upload', role.isOwner),
    newDrop: make('drop', role.isOwner),
    newSession: make('session', role.isOwner),
    newToken: make('token', role.isOwner),
    newUser: make('user', role.isAdmin),
    newGroup: make('group', role.isAdmin),
    newInvite: make('invite', role.isAdmin),
    grantCarl: () => post(bob.token, 'grants', { uri: uri(folder), grantee: 'user:carl', level: 'list' }),
  };
}

async function makeLinks(): Promise<void> {
  const { bob, time, services } = server;
  const now = time.now;
  const disabled = await server.createUser('creator-1');
  const deleted = await server.createUser('creator-2');
  const make = async (role: string, who = bob, terms: object = {}): Promise<[Link, Link]> => {
    count += 1;
    const place = `l${count}/linked`;
    const home = server.homeOf(who.name);
    await mkdir(join(home, place), { recursive: true });
    await writeFile(join(home, place, 'f.txt'), 'f');
    await writeFile(join(home, place, 'dot.png'), redPng());
    const folder = (await post(who.token, 'links', {
      items: [uri(`${who.name}/${place}`)],
      ...terms,
    })) as Link;
    const file = (await post(who.token, 'links', {
      items: [uri(`${who.name}/${place}/f.txt`)],
      ...terms,
    })) as Link;
    linkTargets[role] = { file: tokenOf(file), folder: tokenOf(folder) };
    return [file, folder];
  };
  const owner = { headers: as(bob.token) };
  const each = async (links: [Link, Link], act: (link: Link) => Promise<unknown>) => {
    for (const link of links) await act(link);
  };

  await make('a live link');
  await make('a locked link', bob, { password: 'of the link' });
  time.now = new Date(now.getTime() - 3_600_000);
  await make('an expired link', bob, { expiresIn: 60 });
  time.now = now;
  await each(await make('a revoked link'), ({ id }) =>
    sendRaw(server.origin, 'DELETE', `/api/v1/links/${id}`, owner),
  );
  await each(await make('an old address of a link'), ({ id }) =>
    post(bob.token, `links/${id}/generations`, {}),
  );
  await each(await make('a used-up link', bob, { maxDownloads: 1 }), async ({ url }) => {
    await sendRaw(server.origin, 'GET', `${new URL(url).pathname}/zip`);
  });
  await make('a link whose creator is disabled', disabled);
  await make('a link of a deleted user', deleted);
  await disable('creator-1');
  await services.users.remove(system, 'creator-2');

  const lost = await server.createUser('creator-3');
  await mkdir(join(server.homeOf('bob'), 'lost/linked'), { recursive: true });
  await writeFile(join(server.homeOf('bob'), 'lost/linked/f.txt'), 'f');
  await post(bob.token, 'grants', { uri: 'storage:lost', grantee: 'user:creator-3', level: 'manage' });
  const ofLost = async (item: string) =>
    tokenOf((await post(lost.token, 'links', { items: [item] })) as Link);
  linkTargets['a link whose creator lost the right'] = {
    file: await ofLost('storage:/bob/lost/linked/f.txt'),
    folder: await ofLost('storage:/bob/lost/linked'),
  };
  await post(bob.token, 'grants', { uri: 'storage:lost', grantee: 'user:creator-3', level: 'write' });

  const [, gone] = await make('a link whose item is deleted');
  const path = new URL(gone.items[0]?.uri ?? '').pathname;
  await sendRaw(server.origin, 'DELETE', `/api/v1/entries${path}`, owner);
  const live = linkTargets['a live link'] as LinkTarget;
  const unsigned = (token: string) => `${token.slice(0, -43)}${'A'.repeat(43)}`;
  linkTargets['a token that nobody signed'] = { file: unsigned(live.file), folder: unsigned(live.folder) };
}

async function ask(route: Route, sample: Sample, headers: Record<string, string>): Promise<number> {
  const path = fullPath(route).replace(/[:*](\w+)/g, (_, name: string) => sample.params?.[name] ?? '');
  const { status } = await sendRaw(
    server.origin,
    route.method,
    sample.query ? `${path}?${sample.query}` : path,
    {
      headers: { ...sample.headers, ...headers },
      ...(sample.body !== undefined && { body: sample.body }),
    },
  );
  return status;
}

describe('every row of the route table', () => {
  test('is asked below, and so is every role', () => {
    expect([...Object.keys(userRequests), ...Object.keys(linkRequests)].sort()).toEqual(
      // Those of links for dropping stand in the table of link-states.test.ts.
      Object.keys(routes)
        .filter((name) => routes[name as RouteName].policy.who !== 'drop')
        .sort(),
    );
    expect(Object.keys(credentials).sort()).toEqual(Object.keys(roles).sort());
    expect(Object.keys(linkTargets).sort()).toEqual(Object.keys(linkRoles).sort());
  });

  test.each(Object.keys(userRequests) as (keyof typeof userRequests)[])(
    '%s answers each role as its policy says (AZ-01, AU-03)',
    async (name) => {
      const route: Route = routes[name];
      const expected: Record<string, number> = {};
      const actual: Record<string, number> = {};
      for (const [roleName, role] of Object.entries(roles)) {
        const sample = await userRequests[name](await makeTarget(role));
        // A token is no session that could be ended.
        const byToken = { deleteSession: 400, approveClient: 403, linkIdentity: 403 }[name as string];
        const success = roleName.endsWith('whole API token') ? (byToken ?? sample.success) : sample.success;
        expected[roleName] = statusFor(route.policy, role, success);
        actual[roleName] = await ask(
          route,
          sample,
          (await credentials[roleName]?.(name === 'deleteSession')) ?? {},
        );
      }
      expect(actual).toEqual(expected);
    },
  );

  test.each(Object.keys(linkRequests) as (keyof typeof linkRequests)[])(
    '%s answers each link as what became of it says, whoever holds it (AZ-01, SH-05, SH-07)',
    async (name) => {
      const route: Route = routes[name];
      for (const holder of ['nobody', 'the owner', 'an administrator']) {
        const expected: Record<string, number> = {};
        const actual: Record<string, number> = {};
        for (const [roleName, { status, unlocking }] of Object.entries(linkRoles)) {
          const sample = linkRequests[name](linkTargets[roleName] as LinkTarget);
          const isUnlocking = route.policy.who === 'locked-link' && unlocking !== undefined;
          expected[roleName] = isUnlocking ? unlocking : status === 'success' ? sample.success : status;
          actual[roleName] = await ask(route, sample, (await credentials[holder]?.(false)) ?? {});
        }
        expect(actual, holder).toEqual(expected);
      }
    },
  );
});

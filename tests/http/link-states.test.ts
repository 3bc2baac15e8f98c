import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes, type Route, type RouteName } from '../../server/contract/routes.ts';
import type { Link } from '../../server/contract/schemas.ts';
import { createApp } from '../../server/http/app.ts';
import { fullPath } from '../../server/http/route-router.ts';
import { loadBuiltPages } from '../../server/web/pages.ts';
import { tokenOf } from '../support/canaries.ts';
import { DropVisitor } from '../support/drop-visitor.ts';
import { sendRaw, type RawReply } from '../support/raw-request.ts';
import { startServerOn, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Every endpoint under `/s/`, and what is asked of it. A new one has no test until it stands here. */
type LinkRoute = {
  [Name in RouteName]: (typeof routes)[Name]['path'] extends `/s/:token${string}` ? Name : never;
}[RouteName];
/** The link's own address is no row: it answers people with a page, and programs with a text. */
type Door = LinkRoute | 'page' | 'text';
type Question = {
  path?: string;
  id?: true;
  query?: string;
  headers?: Record<string, string>;
  body?: string | object;
};

const tus = { 'Tus-Resumable': '1.0.0' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const questions: Record<Door, Question> = {
  page: { headers: { Accept: browser } },
  text: { headers: { Accept: '*/*' } },
  unlockLink: { body: { password: 'sesame' } },
  getLinkContent: {},
  getLinkContentAt: { path: 'f.txt' },
  browseLink: {},
  browseLinkAt: { path: 'd' },
  getLinkThumbnail: { path: 'p.png' },
  getLinkArchive: {},
  postLinkArchive: { body: { item: 'f.txt' } },
  listLinkItems: {},
  listLinkEntries: { path: 'd' },
  getLinkChecksums: {},
  listLinkUrls: {},
  listSent: {},
  dropFiles: {
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    body: '--b\r\nContent-Disposition: form-data; name="file"; filename="new.txt"\r\n\r\nx\r\n--b--\r\n',
  },
  describeDropUploads: {},
  createDropUpload: {
    headers: { ...tus, 'Upload-Length': '1', 'Upload-Metadata': `path ${base64('up.txt')}` },
  },
  headDropUpload: { id: true, headers: tus },
  appendDropUpload: {
    id: true,
    headers: { ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
    body: 'x',
  },
  deleteDropUpload: { id: true, headers: tus },
};

/** How an endpoint may answer. Reading ones and sending ones refuse each other's links. */
type Kind = 'reads' | 'sends' | 'unlocks' | 'text' | 'page';
function kindOf(door: Door): Kind {
  if (door === 'page' || door === 'text') return door;
  if (door === 'unlockLink') return 'unlocks';
  return routes[door].policy.who === 'drop' ? 'sends' : 'reads';
}

/**
 * What becomes of a link → what each kind of endpoint answers. `ok` = it succeeds; `changed` = 409 where the changed file
 * itself is asked for; a word after a status is the error's reason, or on the page what its heading says.
 */
// prettier-ignore
const table: Record<string, Record<Kind, string>> = {
  //                                        reads                         sends                         unlocks                      text                   page
  'live                              ': { reads: 'ok',                  sends: '403 read_only',       unlocks: 'ok',                 text: 'ok',            page: 'ok' },
  'wrong signature                   ': { reads: '404',                 sends: '404',                 unlocks: '404',                text: '404',           page: '404 nothing at this address' },
  'of another instance               ': { reads: '404',                 sends: '404',                 unlocks: '404',                text: '404',           page: '404 nothing at this address' },
  'revoked                           ': { reads: '410 revoked',         sends: '410 revoked',         unlocks: '410 revoked',        text: '410 revoked',   page: '410 withdrawn' },
  'an address that was given up      ': { reads: '410 revoked',         sends: '410 revoked',         unlocks: '410 revoked',        text: '410 revoked',   page: '410 withdrawn' },
  'expired                           ': { reads: '410 expired',         sends: '410 expired',         unlocks: '410 expired',        text: '410 expired',   page: '410 expired' },
  'used up                           ': { reads: '410 used_up',         sends: '410 used_up',         unlocks: '410 used_up',        text: '410 used_up',   page: '410 used up' },
  'creator disabled                  ': { reads: '410 orphaned',        sends: '410 orphaned',        unlocks: '410 orphaned',       text: '410 orphaned',  page: '410 no longer works' },
  'creator lost the right            ': { reads: '410 orphaned',        sends: '410 orphaned',        unlocks: '410 orphaned',       text: '410 orphaned',  page: '410 no longer works' },
  'items deleted                     ': { reads: '410 orphaned',        sends: '410 orphaned',        unlocks: '410 orphaned',       text: '410 orphaned',  page: '410 no longer works' },
  'items moved                       ': { reads: 'ok',                  sends: '403 read_only',       unlocks: 'ok',                 text: 'ok',            page: 'ok' },
  'password not given                ': { reads: '401 password_needed', sends: '401 password_needed', unlocks: 'ok',                 text: '401',           page: '401 needs a password' },
  'password given                    ': { reads: 'ok',                  sends: '403 read_only',       unlocks: 'ok',                 text: 'ok',            page: 'ok' },
  'password changed since            ': { reads: '401 password_needed', sends: '401 password_needed', unlocks: '401 wrong_password', text: '401',           page: '401 needs a password' },
  'for dropping                      ': { reads: '403 drop_only',       sends: 'ok',                  unlocks: 'ok',                 text: 'ok',            page: 'ok' },
  'for dropping, revoked             ': { reads: '410 revoked',         sends: '410 revoked',         unlocks: '410 revoked',        text: '410 revoked',   page: '410 withdrawn' },
  'for dropping, password not given  ': { reads: '401 password_needed', sends: '401 password_needed', unlocks: 'ok',                 text: '401',           page: '401 needs a password' },
  'pinned                            ': { reads: 'ok',                  sends: '403 read_only',       unlocks: 'ok',                 text: 'ok',            page: 'ok' },
  'pinned and being prepared         ': { reads: '423 preparing',       sends: '403 read_only',       unlocks: 'ok',                 text: 'ok',            page: 'ok' },
  'pinned and changed                ': { reads: 'changed',             sends: '403 read_only',       unlocks: 'ok',                 text: 'ok',            page: 'ok' },
};
const headings = [
  'nothing at this address',
  'withdrawn',
  'expired',
  'used up',
  'no longer works',
  'needs a password',
];

/** Of a link that is being prepared the top says so, and of a changed one the manifest stays readable. */
const exceptions: Record<string, Partial<Record<Door, string>>> = {
  'pinned and being prepared': { listLinkItems: 'ok' },
};
const readsChangedFile: Door[] = ['getLinkContent', 'getLinkContentAt', 'getLinkArchive', 'postLinkArchive'];

type Made = { token: string; fileToken: string; cookie?: string; uploadId?: string };
const made: Record<string, () => Promise<Made>> = {};
let server: TestServer;
let other: TestServer;
const folders: string[] = [];
let count = 0;

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

beforeAll(async () => {
  const { handler } = await loadBuiltPages('');
  const start = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drey-states-'));
    folders.push(folder);
    return startServerOn(folder, {}, handler);
  };
  server = await start();
  other = await start();
}, 60_000);

afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Files of their own for each question, so that no answer changes the next. */
async function place(on = server, user = 'bob'): Promise<{ uri: string; folder: string }> {
  count += 1;
  const name = `t${count}`;
  const folder = join(on.homeOf(user), name);
  await mkdir(join(folder, 'd'), { recursive: true });
  await mkdir(join(folder, 'inbox'));
  await writeFile(join(folder, 'f.txt'), 'f');
  await writeFile(join(folder, 'p.png'), png);
  await writeFile(join(folder, 'd/g.txt'), 'g');
  return { uri: `storage:/${user}/${name}`, folder };
}

const pathOf = (uri: string) => uri.replace('storage:', '');
const itemsOf = (uri: string) => ['f.txt', 'd', 'p.png'].map((name) => `${uri}/${name}`);
async function make(terms: object = {}, on = server, user = on.bob) {
  const { uri, folder } = await place(on, user === on.bob ? 'bob' : user.name);
  const link = await on.link(user, { items: itemsOf(uri), ...terms });
  const file = await on.link(user, { items: [`${uri}/f.txt`], ...terms });
  return { uri, folder, links: [link, file] as [Link, Link], token: tokenOf(link), fileToken: tokenOf(file) };
}
const as = (method: 'delete' | 'post' | 'patch', path: string, body?: object) =>
  server.as(server.bob)[method](`/api/v1/${path}`).send(body);
async function unlocked(token: string, password: string): Promise<string> {
  const { headers } = await sendRaw(server.origin, 'POST', `/s/${token}/unlock`, { body: { password } });
  return String(headers['set-cookie']).split(';')[0] as string;
}
async function drop(terms: object = {}): Promise<Made & { id: string }> {
  const { uri } = await place();
  const link = await server.link(server.bob, { items: [`${uri}/inbox`], mode: 'drop', ...terms });
  const token = tokenOf(link);
  if ('password' in terms) return { token, fileToken: token, id: link.id, uploadId: 'x' };
  const visitor = new DropVisitor(server, link);
  const location = await visitor.beginUpload('u.bin', 1);
  return {
    token,
    fileToken: token,
    id: link.id,
    cookie: visitor.cookie ?? '',
    uploadId: location.split('/').at(-1) as string,
  };
}
async function prepared(links: Link[]): Promise<void> {
  await waitUntil('the manifests are made', async () => {
    const states = await Promise.all(
      links.map(
        async ({ id }) => ((await server.as(server.bob).get(`/api/v1/links/${id}`)).body as Link).pin?.state,
      ),
    );
    return states.every((state) => state === 'ready');
  });
}

Object.assign(made, {
  live: make,
  'wrong signature': async () => {
    const { token, fileToken } = await make();
    const forge = (text: string) => `${text.slice(0, -43)}${'A'.repeat(43)}`;
    return { token: forge(token), fileToken: forge(fileToken) };
  },
  'of another instance': () => make({}, other),
  revoked: async () => {
    const link = await make();
    for (const { id } of link.links) await as('delete', `links/${id}`).expect(204);
    return link;
  },
  'an address that was given up': async () => {
    const link = await make();
    for (const { id } of link.links) await as('post', `links/${id}/generations`).expect(201);
    return link;
  },
  expired: async () => {
    const now = server.time.now;
    server.time.now = new Date(now.getTime() - 3_600_000);
    const link = await make({ expiresIn: 60 });
    server.time.now = now;
    return link;
  },
  'used up': async () => {
    const link = await make({ maxDownloads: 1 });
    for (const token of [link.token, link.fileToken]) await sendRaw(server.origin, 'GET', `/s/${token}/zip`);
    return link;
  },
  'creator disabled': async () => {
    const user = await server.createUser(`disabled-${(count += 1)}`);
    const link = await make({}, server, user);
    await server.as(server.alice).patch(`/api/v1/users/${user.name}`).send({ isDisabled: true }).expect(200);
    return link;
  },
  'creator lost the right': async () => {
    const user = await server.createUser(`lost-${(count += 1)}`);
    const { uri } = await place();
    const grant = (level: string) =>
      as('post', 'grants', { uri, grantee: `user:${user.name}`, level }).expect(201);
    await grant('manage');
    const link = await server.link(user, { items: itemsOf(uri) });
    await grant('write');
    return { token: tokenOf(link), fileToken: tokenOf(link) };
  },
  'items deleted': async () => {
    const link = await make();
    for (const uri of itemsOf(link.uri)) await as('delete', `entries${pathOf(uri)}`).expect(204);
    return link;
  },
  'items moved': async () => {
    const link = await make();
    await as('post', 'moves', { from: [link.uri], to: `${link.uri}-moved`, into: false }).expect(200);
    return link;
  },
  'password not given': () => make({ password: 'sesame' }),
  'password given': async () => {
    const link = await make({ password: 'sesame' });
    // Both are asked by the same browser, which sends each link its own cookie.
    return { ...link, cookie: '', password: 'sesame' };
  },
  'password changed since': async () => {
    const link = await make({ password: 'sesame' });
    const cookie = await unlocked(link.token, 'sesame');
    for (const { id } of link.links) await as('patch', `links/${id}`, { password: 'another' }).expect(200);
    return { ...link, cookie };
  },
  'for dropping': drop,
  'for dropping, revoked': async () => {
    const link = await drop();
    await as('delete', `links/${link.id}`).expect(204);
    return link;
  },
  'for dropping, password not given': () => drop({ password: 'sesame' }),
  pinned: async () => {
    const link = await make({ pinned: true });
    await prepared(link.links);
    return link;
  },
  'pinned and being prepared': async () => {
    const link = await make({ pinned: true });
    await prepared(link.links);
    // As it stands in the rows until the last file has been read.
    const rows = new SqliteDatabase(join(server.dataFolder, 'drey.db'));
    for (const { id } of link.links)
      rows.prepare("UPDATE pins SET state = 'preparing' WHERE link_id = ?").run(id);
    rows.close();
    return link;
  },
  'pinned and changed': async () => {
    const link = await make({ pinned: true });
    await prepared(link.links);
    await writeFile(join(link.folder, 'f.txt'), 'F');
    return link;
  },
} satisfies typeof made);

const routeOf = (door: Door): Pick<Route, 'method' | 'path' | 'base'> =>
  door === 'page' || door === 'text' ? { method: 'GET', path: '/s/:token', base: '' } : routes[door];

async function ask(door: Door, link: Made & { password?: string }): Promise<RawReply> {
  const { method, path, base = '' } = routeOf(door);
  const question = questions[door];
  // Of a link on several items there is no one file.
  const token = door === 'getLinkContent' ? link.fileToken : link.token;
  const target = `${base}${path}`
    .replace(':token', token)
    .replace(':id', link.uploadId ?? 'none')
    .replace('*path', question.path ?? '');
  return sendRaw(server.origin, method, question.query ? `${target}?${question.query}` : target, {
    headers: {
      ...question.headers,
      ...(link.cookie && { Cookie: link.cookie }),
      ...(link.password &&
        door !== 'unlockLink' && { Authorization: `Basic ${base64(`:${link.password}`)}` }),
    },
    ...(question.body !== undefined && { body: question.body }),
  });
}

function wordsOf({ status, text, headers }: RawReply): string {
  if (status < 400) return 'ok';
  const reason = reasonIn(text, headers['content-type'] ?? '');
  return reason ? `${status} ${reason}` : String(status);
}

function reasonIn(text: string, type: string): string | undefined {
  if (text === '') return undefined;
  if (type.startsWith('application/json'))
    return (JSON.parse(text) as { error: { reason?: string } }).error.reason;
  if (type.startsWith('text/plain')) return /^\w+(?=\n$)/.exec(text)?.[0];
  const [, heading = ''] = /<h1[^>]*>(.*?)<\/h1>/s.exec(text) ?? [];
  return headings.find((words) => heading.includes(words)) ?? heading;
}

function expectedOf(state: string, door: Door): string {
  const word = exceptions[state]?.[door] ?? table[state.padEnd(34)]![kindOf(door)];
  if (word !== 'changed') return word;
  return readsChangedFile.includes(door) ? '409 changed' : 'ok';
}

/** What a holder who may see nothing must not learn: a name, or whose it is. */
const telling = /f\.txt|p\.png|u\.bin|inbox|bob/;

describe('every endpoint under /s/', () => {
  test('stands in the table, and so does every state', () => {
    const rows = Object.entries(routes).filter(([, route]) => fullPath(route).startsWith('/s/'));
    expect(Object.keys(questions).sort()).toEqual(['page', 'text', ...rows.map(([name]) => name)].sort());
    expect(Object.keys(made).sort()).toEqual(
      Object.keys(table)
        .map((state) => state.trim())
        .sort(),
    );
    // What the application answers by itself, beside its rows.
    const { stack } = createApp(server.services).router;
    const own = stack.flatMap(({ route }) => (route && route.path.startsWith('/s') ? [route.path] : []));
    expect(own).toEqual([routeOf('page').path]);
  });

  test.each(Object.keys(table).map((state) => state.trim()))(
    'answers a link that is: %s (SH-05, SH-07, SH-26, PW-01, PW-02)',
    async (state) => {
      const expected: Record<string, string> = {};
      const actual: Record<string, string> = {};
      for (const door of Object.keys(questions) as Door[]) {
        const link = await made[state]!();
        const reply = await ask(door, link);
        expected[door] = expectedOf(state, door);
        actual[door] = wordsOf(reply);
        // An answer to HEAD has no body to hold a word.
        if (routeOf(door).method === 'HEAD') expected[door] = expected[door]!.split(' ')[0]!;
        const type = reply.headers['content-type'] ?? '';
        if (door === 'page') expect(type).toMatch(/^text\/html/);
        if (door === 'text') expect(type).toMatch(/^text\/plain/);
        if ([401, 404, 410].includes(reply.status)) expect(reply.text, door).not.toMatch(telling);
      }
      expect(actual).toEqual(expected);
    },
  );
});

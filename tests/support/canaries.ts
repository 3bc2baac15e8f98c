import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { sendRaw, type RawOptions, type RawReply } from './raw-request.ts';
import { password, startTestServer, type TestServer, type TestUser } from './test-server.ts';

export type AskOptions = RawOptions & {
  /** Who asks; without it, nobody. */
  as?: TestUser;
  /** For the one answer that must hold an API token: its creation. */
  mayHoldToken?: boolean;
  /** For what is asked of a server whose disk was made to fail: 503 is right then. */
  mayBeUnavailable?: boolean;
};

/** A server on which every answer and every log line is looked at. */
export type WatchedServer = TestServer & {
  /** A folder outside of every root, with canaries in it. */
  outside: string;
  /** Sends a request whose target is exactly this, and inspects the answer. */
  ask(method: string, target: string, options?: AskOptions): Promise<RawReply>;
  /** Puts a file into a folder of the disk whose bytes nobody may ever be sent, and which nobody may ever change. */
  plant(folder: string, name?: string): Promise<void>;
  /** Something that must never stand in a log from now on. */
  keepSecret(secret: string): void;
};

type Canary = { file: string; text: string; changedAt: number };

/**
 * The real server with canaries outside of the roots, beside the database, above the homes and in alice's home. After the
 * test: no byte of a canary was sent and none was changed (O1, O2), no answer was a 5xx (O3), none held a disk path, a
 * stack, SQL, a token or a password, nor did a log line (O6, O7), and each bore the security headers (O10).
 */
export async function startWatchedServer(settings: Record<string, string> = {}): Promise<WatchedServer> {
  const server = await startTestServer(settings);
  const outside = await mkdtemp(join(tmpdir(), 'drey-outside-'));
  const canaries: Canary[] = [];
  const namesOutside = async () => (await readdir(outside, { recursive: true })).sort();
  let expectedOutside: string[] = [];
  const secrets = [password, server.alice.token, server.bob.token];
  const diskPaths = [server.dataFolder, outside, process.cwd()];

  const plant = async (folder: string, name = 'CANARY.txt') => {
    await mkdir(folder, { recursive: true });
    const canary = { file: join(folder, name), text: `canary ${randomBytes(24).toString('hex')}` };
    await writeFile(canary.file, canary.text);
    canaries.push({ ...canary, changedAt: (await stat(canary.file)).mtimeMs });
    expectedOutside = await namesOutside();
  };
  for (const folder of [
    outside,
    join(outside, 'sub'),
    server.dataFolder,
    join(server.dataFolder, 'storage'),
  ]) {
    await plant(folder);
  }
  await plant(server.homeOf('alice'));

  const inspect = (reply: RawReply, what: string, { mayHoldToken, mayBeUnavailable }: AskOptions) => {
    const isExpected = reply.status < 500 || (mayBeUnavailable === true && reply.status === 503);
    expect(isExpected, `${what} is no error of the server`).toBe(true);
    for (const { file, text } of canaries) {
      expect(reply.bytes.includes(text), `${what} holds no byte of ${file}`).toBe(false);
    }
    const told = `${JSON.stringify(reply.headers)}\n${reply.text}`;
    for (const leak of [...diskPaths, password, '$argon2']) {
      expect(told.includes(leak), `${what} does not tell ${leak}`).toBe(false);
    }
    expect(told, what).not.toMatch(/\bat .+\.ts:\d+|node_modules|SQLITE_|constraint failed|select .+ from /i);
    if (!mayHoldToken) expect(told, what).not.toMatch(/drey_[\w-]{43}/);
    expectSecurityHeaders(reply, what);
    for (const cookie of reply.headers['set-cookie'] ?? []) {
      const value = /^[^=]+=([^;]+)/.exec(cookie)?.[1];
      if (value) secrets.push(value);
    }
  };

  onTestFinished(async () => {
    for (const { file, text, changedAt } of canaries) {
      expect(await readFile(file, 'utf8'), file).toBe(text);
      expect((await stat(file)).mtimeMs, `${file} was not touched`).toBe(changedAt);
    }
    expect(await namesOutside(), 'what lies outside').toEqual(expectedOutside);
    await rm(outside, { recursive: true, force: true });
    const log = server.logLines.join('');
    for (const secret of secrets) expect(log.includes(secret), `the log holds no ${secret}`).toBe(false);
    for (const path of diskPaths) expect(log.includes(path), `the log holds no ${path}`).toBe(false);
    expect(log).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+|drey_[\w-]{43}|canary [0-9a-f]{48}/);
  });

  return {
    ...server,
    outside,
    plant,
    keepSecret: (secret) => void secrets.push(secret),
    async createUser(name, isAdmin) {
      const user = await server.createUser(name, isAdmin);
      secrets.push(user.token);
      return user;
    },
    async link(user, body) {
      const link = await server.link(user, body);
      secrets.push(tokenOf(link));
      return link;
    },
    async ask(method, target, options = {}) {
      const { as, body } = options;
      const headers = { ...(as && { Authorization: `Bearer ${as.token}` }), ...options.headers };
      const reply = await sendRaw(server.origin, method, target, {
        headers,
        ...(body !== undefined && { body }),
      });
      inspect(reply, `${method} ${target.slice(0, 200)} → ${reply.status}`, options);
      return reply;
    },
  };
}

function expectSecurityHeaders({ headers }: RawReply, what: string): void {
  expect(headers, what).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'private, no-store',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  });
  expect(Object.keys(headers), what).not.toContain('x-powered-by');
  expect(Object.keys(headers).join(), what).not.toContain('access-control-');
}

/** The token in a link's URL. */
export function tokenOf(link: Pick<Link, 'url'>): string {
  return new URL(link.url).pathname.split('/')[2] as string;
}

/** Every way to content through a link, each with an outcome of its own. `path` is under the link, already encoded. */
export function linkDoors(token: string, path?: string): [method: string, target: string][] {
  const below = path === undefined ? '' : `/${path}`;
  const item = path === undefined ? '' : `?item=${path}`;
  return [
    ['GET', `/s/${token}/raw${below}`],
    ['HEAD', `/s/${token}/raw${below}`],
    ['GET', `/s/${token}/raw${below}?inline=1`],
    ['GET', `/s/${token}/entries${below}`],
    ['GET', `/s/${token}/zip${item}`],
    ['HEAD', `/s/${token}/zip${item}`],
    ['GET', `/s/${token}/raw${below}/`],
    ['GET', `/s/${token}/urls${item}`],
    ['GET', `/s/${token}/SHA256SUMS${item}`],
    ...(path === undefined ? [] : ([['GET', `/s/${token}/thumbnails${below}`]] as [string, string][])),
    ...(path === undefined ? ([['GET', `/s/${token}`]] as [string, string][]) : []),
  ];
}

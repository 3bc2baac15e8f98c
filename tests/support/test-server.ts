import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { pino } from 'pino';
import supertest from 'supertest';
import { onTestFinished } from 'vitest';
import { system } from '../../server/audit/audit-event.ts';
import type { Link } from '../../server/contract/schemas.ts';
import { loadConfig } from '../../server/config/settings.ts';
import { createApp } from '../../server/http/app.ts';
import { createServices, type Services } from '../../server/services.ts';

export const password = 'correct horse battery';

export type TestUser = { name: string; token: string };

export type TestServer = {
  origin: string;
  services: Services;
  /** The data folder on the disk. */
  dataFolder: string;
  /** The home of a user on the disk. */
  homeOf: (user: string) => string;
  /** What was logged, one JSON text a line. */
  logLines: string[];
  /** The time that the server believes in; set it to travel. */
  time: { now: Date };
  /** An administrator, made first. */
  alice: TestUser;
  /** A user like any other. */
  bob: TestUser;
  createUser(name: string, isAdmin?: boolean): Promise<TestUser>;
  /** Speaks to the server as a user, or as nobody. */
  as(user?: TestUser): ReturnType<typeof supertest.agent>;
  /** Makes a link for a user and answers it, failing the test when that is refused. */
  link(user: TestUser, body: object): Promise<Link>;
  /** Puts a text file. */
  put(user: TestUser, path: string, text: string | Buffer): Promise<void>;
  close(): Promise<void>;
};

/** The real server on a free port over an empty data folder, gone when the test is over. */
export async function startTestServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'drey-test-'));
  const server = await startServerOn(dataFolder, settings);
  onTestFinished(async () => {
    await server.close();
    await rm(dataFolder, { recursive: true, force: true });
  });
  return server;
}

/** The same over a data folder that is there already: what a restart is. */
export async function startServerOn(
  dataFolder: string,
  settings: Record<string, string> = {},
  pages?: RequestHandler,
): Promise<TestServer> {
  const logLines: string[] = [];
  const time = { now: new Date() };
  const log = pino({ level: 'debug' }, { write: (line) => void logLines.push(line) });
  const config = loadConfig({ DREY_DATA: dataFolder, ...settings });
  const services = await createServices(config, {
    log,
    clock: () => time.now,
    // A provider of the test's own has no TLS.
    allowsPlainHttpProvider: true,
  });
  await services.sweep();
  const http = createServer({ requestTimeout: 0 });
  const app = createApp(services, pages);
  http.on('request', app);
  http.on('checkContinue', app);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const tokenOf = async (name: string): Promise<TestUser> => {
    const user = await services.users.get(name);
    return { name, token: (await services.tokens.create(system, user, { label: 'test' })).token };
  };
  const createUser = async (name: string, isAdmin = false): Promise<TestUser> => {
    const known = (await services.users.list()).some((user) => user.name === name);
    if (!known) await services.users.create(system, { name, password, isAdmin });
    return tokenOf(name);
  };
  const as = (user?: TestUser) => {
    const agent = supertest.agent(origin);
    return user ? agent.set('Authorization', `Bearer ${user.token}`) : agent;
  };

  return {
    origin,
    services,
    dataFolder,
    homeOf: (user) => join(dataFolder, 'storage', user),
    logLines,
    time,
    alice: await createUser('alice', true),
    bob: await createUser('bob'),
    createUser,
    as,
    async link(user, body) {
      const response = await as(user).post('/api/v1/links').send(body).expect(201);
      return response.body as Link;
    },
    async put(user, path, text) {
      const response = await as(user)
        .put(`/api/v1/content/${path}`)
        .set('Content-Type', 'text/plain')
        .send(text);
      if (response.status >= 300) throw new Error(`${response.status} ${response.text}`);
    },
    async close() {
      await closeServer(http);
      await services.close();
    },
  };
}

function closeServer(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}

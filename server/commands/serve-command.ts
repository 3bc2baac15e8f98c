import { createServer, type Server } from 'node:http';
import { basename, resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { parseEntryName } from '../contract/path.ts';
import type { Config } from '../config/settings.ts';
import { createApp } from '../http/app.ts';
import { createServices, type MountRequest } from '../services.ts';
import { createDevelopmentPages, loadBuiltPages } from '../web/pages.ts';

/** How long a transfer may go on after Drey was asked to stop. */
const drainMs = 10_000;
/** A connection on which nothing moves for so long is closed: requests themselves have no time limit. */
const idleMs = 120_000;
const sweepEveryMs = 3_600_000;

export const serveUsage = `drey serve [FOLDER…]
  Starts the server. Each FOLDER is mounted as a root under its own name, or as NAME=FOLDER.

Examples:
  # with homes for all users, on http://127.0.0.1:8080
  drey serve

  # and with folders that are there already
  drey serve /mnt/datasets scratch=/mnt/fast`;

/** Serves until it is asked to stop, then lets running transfers end. */
export async function serve(args: string[], config: Config): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { dev: { type: 'boolean' } },
    allowPositionals: true,
  });
  const services = await createServices(config);
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 72_000 });
  try {
    await services.hold();
    for (const folder of positionals) await services.mount(parseMount(folder));
    await services.sweep();
    const pages = values.dev ? await createDevelopmentPages(server) : await loadBuiltPages(config.publicUrl);
    const app = createApp(services, pages.handler);
    server.on('request', app);
    // Answered by the handler that wants the body, so that a refusal comes before it.
    server.on('checkContinue', app);
    server.setTimeout(idleMs);
    await listen(server, config);

    const sweeping = setInterval(() => {
      services.sweep().catch((error: unknown) => services.log.error({ error }, 'the clean-up failed'));
    }, sweepEveryMs);
    await announce(server, config, await services.setup.findToken());
    await untilAskedToStop();
    clearInterval(sweeping);
    await drain(server);
    await pages.close();
  } finally {
    await services.close();
  }
}

function parseMount(text: string): MountRequest {
  const equals = text.indexOf('=');
  const [name, folder] =
    equals > 0 ? [text.slice(0, equals), text.slice(equals + 1)] : [basename(resolve(text)), text];
  return { name: parseEntryName(name), folder };
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Where this installation is reached, as far as its settings tell. */
export function shownOrigin({ publicUrl, host, port }: Pick<Config, 'publicUrl' | 'host' | 'port'>): string {
  const shownHost = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return publicUrl || `http://${shownHost}:${port}`;
}

async function announce(server: Server, config: Config, setupToken: string | undefined): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const origin = shownOrigin({ ...config, port });
  const lines = setupToken
    ? [
        '',
        '  Drey is running. Open this address once to create your account:',
        '',
        `  ${origin}/setup#${setupToken}`,
        '',
      ]
    : ['', `  Drey is running at ${origin}`, ''];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMs);
  // Connections that become idle while others still transfer need not be waited for.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 200);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(giveUp);
}

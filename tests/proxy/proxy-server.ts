import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../support/wait-until.ts';

export type ProxyKind = 'nginx' | 'caddy';

export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The configuration that the documentation gives, and nothing else. */
function documented(kind: ProxyKind): string {
  const page = readFileSync(new URL('../../docs/behind-a-proxy.md', import.meta.url), 'utf8');
  const block = new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/behind-a-proxy.md has no configuration for ${kind}.`);
  return block;
}

/** Puts our own address or file in the place of the documented one; all else stays as a reader would copy it. */
function substitute(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((changed, [documented, ours]) => {
    if (!changed.includes(documented)) throw new Error(`The configuration has no "${documented}".`);
    return changed.replaceAll(documented, ours);
  }, text);
}

export async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A real proxy on `port`, in front of Drey on `upstreamPort`, until the test is over. */
export async function startProxy(kind: ProxyKind, port: number, upstreamPort: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-proxy-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'].concat([
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      certificate,
    ]),
    { stdio: 'pipe' },
  );
  const upstream = { '127.0.0.1:8080': `127.0.0.1:${upstreamPort}` };
  const args: string[] = [];
  const configuration = join(folder, 'configuration');
  if (kind === 'nginx') {
    const server = substitute(documented('nginx'), {
      'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
      '/etc/ssl/files.example.org.pem': certificate,
      '/etc/ssl/files.example.org.key': key,
      ...upstream,
    });
    await writeFile(configuration, inNginxDefaults(server, folder));
    args.push('-p', folder, '-c', configuration, '-e', 'stderr');
  } else {
    const site = substitute(documented('caddy'), {
      'files.example.org {': `https://127.0.0.1:${port} {\n\ttls ${certificate} ${key}`,
      ...upstream,
    });
    await writeFile(configuration, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
    args.push('run', '--adapter', 'caddyfile', '--config', configuration);
  }
  const proxy = spawn(findProgram(kind)!, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder },
  });
  let complaints = '';
  proxy.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  onTestFinished(async () => {
    if (proxy.exitCode === null) {
      proxy.kill('SIGTERM');
      await once(proxy, 'close');
    }
    await rm(folder, { recursive: true, force: true });
  });
  await waitUntil(
    `${kind} serves`,
    () => {
      if (proxy.exitCode !== null) throw new Error(`${kind} ended: ${complaints}`);
      return answers(port);
    },
    15_000,
  );
}

/** What Debian's own nginx.conf has around a site, as far as it matters here; the limits are nginx's defaults. */
function inNginxDefaults(server: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  gzip on;
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
${server}
}
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}

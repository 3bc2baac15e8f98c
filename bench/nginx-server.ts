import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { Daemon, runCommand } from './child-process.ts';

/** Throws, saying what to install, when there is no nginx or none that takes files. */
export async function findNginx(): Promise<string> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  const program = folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path));
  if (program === undefined) throw new Error('The peer is missing. Needed: apt-get install nginx-light');
  const built = await runCommand('sh', ['-c', '"$0" -V 2>&1', program]);
  if (!built.includes('http_dav_module')) {
    throw new Error('This nginx takes no files. Needed: apt-get install nginx-extras');
  }
  return program;
}

/** What teaches Debian's nginx to list folders by WebDAV, which rclone asks for; undefined where it is not installed. */
const listingModule = ['/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'].find((path) => existsSync(path));

export type Nginx = { daemon: Daemon; origin: string; canListByWebDav: boolean };

/**
 * nginx on loopback with one worker, as Drey has one process: hands out `filesFolder` with sendfile, lists it as JSON,
 * and stores under `/put/` what is PUT there, in `putFolder`.
 */
export async function startNginx(
  program: string,
  { folder, filesFolder, putFolder }: { folder: string; filesFolder: string; putFolder: string },
): Promise<Nginx> {
  await mkdir(join(putFolder, 'put'), { recursive: true });
  await mkdir(folder, { recursive: true });
  const port = await findFreePort();
  const configuration = join(folder, 'nginx.conf');
  const temporaryPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    configuration,
    `
${listingModule ? `load_module ${listingModule};` : ''}
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  keepalive_requests 1000000000;
  client_max_body_size 0;
${temporaryPaths.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    root ${filesFolder};
    autoindex on;
    autoindex_format json;
    location /put/ {
      root ${putFolder};
      dav_methods PUT DELETE MKCOL COPY MOVE;
      ${listingModule ? 'dav_ext_methods PROPFIND OPTIONS;' : ''}
      create_full_put_path on;
    }
  }
}
`,
  );
  const { daemon } = await Daemon.start(
    program,
    ['-p', folder, '-c', configuration, '-e', 'stderr'],
    /start worker process \d+/,
  );
  return { daemon, origin: `http://127.0.0.1:${port}`, canListByWebDav: listingModule !== undefined };
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './child-process.ts';
import type { Workbench } from './workbench.ts';

/** rclone over nginx's WebDAV, with its own defaults. Throws, saying what to install, when one of the two is missing. */
export async function findRclone({
  nginx,
  scratch,
}: Workbench): Promise<(...args: string[]) => Promise<number>> {
  await mkdir(scratch, { recursive: true });
  await runCommand('rclone', ['version']).catch(() => {
    throw new Error('The peer is missing. Needed: apt-get install rclone libnginx-mod-http-dav-ext');
  });
  if (!nginx.canListByWebDav)
    throw new Error('nginx lists no folders by WebDAV. Needed: apt-get install libnginx-mod-http-dav-ext');
  const env = {
    RCLONE_CONFIG: join(scratch, 'rclone.conf'),
    RCLONE_CONFIG_PEER_TYPE: 'webdav',
    RCLONE_CONFIG_PEER_URL: `${nginx.origin}/put/`,
    RCLONE_CONFIG_PEER_VENDOR: 'other',
  };
  return (...args) => timeCommand('rclone', args, env);
}

/** The seconds that a program took, its start included: that is how it is used. */
export async function timeCommand(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const startedAt = performance.now();
  await runCommand(program, args, { env });
  return (performance.now() - startedAt) / 1000;
}

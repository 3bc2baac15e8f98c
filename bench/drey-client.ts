import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timeCommand } from './rclone.ts';
import type { Workbench } from './workbench.ts';

export const launcher = fileURLToPath(new URL('../cli/launcher.js', import.meta.url));

/** `drey` as the server's owner runs it; answers the seconds that a command took. */
export function dreyClient({ drey, scratch }: Workbench): (...args: string[]) => Promise<number> {
  const env = {
    DREY_URL: drey.origin,
    DREY_TOKEN: drey.token,
    XDG_CONFIG_HOME: join(scratch, 'config'),
    XDG_STATE_HOME: join(scratch, 'state'),
    XDG_CACHE_HOME: join(scratch, 'cache'),
  };
  return (...args) => timeCommand(process.execPath, [launcher, ...args], env);
}

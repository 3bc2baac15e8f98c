import { spawnSync } from 'node:child_process';
import { findProgram } from './proxy-server.ts';

/** `npm run test:proxy`: uploads through real proxies, configured as docs/behind-a-proxy.md says. */
if (findProgram('nginx') && findProgram('openssl')) {
  const { status } = spawnSync('vitest', ['run', '--project', 'proxy', ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
process.stdout.write(
  'test:proxy: skipped. It needs nginx and openssl (apt-get install nginx-light openssl).\n',
);

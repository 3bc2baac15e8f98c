import { spawnSync } from 'node:child_process';

/** `npm run test:tools`: the commands of a link's page, run by the real programs. */
const programs = {
  curl: ['curl', '--version'],
  wget: ['wget', '--version'],
  aria2: ['aria2c', '--version'],
  rclone: ['rclone', 'version'],
  'python3-requests': ['python3', '-c', 'import requests'],
};
const missing = Object.entries(programs)
  .filter(([, [program, ...check]]) => spawnSync(program as string, check).status !== 0)
  .map(([debianPackage]) => debianPackage);
if (missing.length > 0) {
  process.stdout.write(`test:tools: skipped. It needs ${missing.join(', ')}: packages of Debian.\n`);
  process.exit();
}
const { status } = spawnSync('vitest', ['run', '--project', 'tools', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);

import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { password } from '../support/test-server.ts';

const project = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Packs the project as `npm run package` does and unpacks it where npm would, below a `node_modules`. */
async function installPackage(folder: string): Promise<string> {
  await run('npm', ['run', '-s', 'bundle'], { cwd: project });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: project });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const home = join(folder, 'node_modules', 'drey');
  await mkdir(home, { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', home, '--strip-components=1']);
  await symlink(join(project, 'node_modules'), join(home, 'node_modules'));
  return home;
}

test(
  'the npm package serves, signs in, stores and copies without its sources',
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drey-package-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const home = await installPackage(folder);
    const drey = join(home, 'dist/cli/launcher.js');
    const data = { PATH: process.env.PATH, HOME: folder, DREY_DATA: join(folder, 'data'), DREY_PORT: '0' };
    const operate = async (args: string[], input?: string) => {
      const child = run(process.execPath, [drey, ...args], { env: data });
      child.child.stdin?.end(input);
      return (await child).stdout;
    };
    await operate(['user', 'add', 'eve', '--password-stdin'], `${password}\n`);
    // The one that npm runs with may be older than what the package needs, and brings.
    const ownNode = process.env.npm_node_execpath ?? process.execPath;
    const { stdout: version } = await run(ownNode, [drey, '--version'], { env: data });
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
    const token = (await operate(['token', 'create', '--user', 'eve'])).trim();

    const server = spawn(process.execPath, [drey, 'serve'], {
      env: data,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    onTestFinished(async () => {
      server.kill('SIGKILL');
      await ended;
    });
    let url = '';
    for await (const line of createInterface({ input: server.stdout })) {
      url = /https?:\/\/[\d.:]+/.exec(line)?.[0] ?? '';
      if (url) break;
    }
    const signedIn = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'eve', password }),
    });
    expect(signedIn.status).toBe(201);
    expect(await (await fetch(url, { redirect: 'follow' })).text()).toContain('_app/immutable');

    const small = join(folder, 'tree', 'small.txt');
    await mkdir(join(folder, 'tree'));
    await writeFile(small, 'small');
    await writeFile(join(folder, 'tree', 'large.bin'), Buffer.alloc(20_000_000, 'large'));
    const env = { ...data, DREY_URL: url, DREY_TOKEN: token };
    await run(process.execPath, [drey, 'cp', '-r', join(folder, 'tree'), 'storage:'], { env });
    await run(process.execPath, [drey, 'cp', '-r', 'storage:tree', join(folder, 'back')], { env });
    for (const name of ['small.txt', 'large.bin'])
      expect(
        (await readFile(join(folder, 'back', name))).equals(await readFile(join(folder, 'tree', name))),
      ).toBe(true);
  },
);

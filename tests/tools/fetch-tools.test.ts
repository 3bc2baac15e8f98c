import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Link, SharedListing } from '../../server/contract/schemas.ts';
import { fetchTools, listCommands, type FetchTool } from '../../src/lib/features/link-page/fetch-commands.ts';
import { fetchTargetOf } from '../../src/lib/features/link-page/fetch-target.ts';
import { LinkAddress } from '../../src/lib/features/link-page/link-address.ts';
import { makeLinkView } from '../../src/lib/features/link-page/link-view.ts';
import { readZip } from '../support/zip-reader.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const run = promisify(execFile);
const secret = 'it\'s a "hard" $one: 100%';
const bigBytes = Buffer.alloc(3_000_000, 'squirrels ');

/** Names that a shell, a program's own syntax or an address could take for something else. */
const names = [
  'plain.txt',
  "it's $(touch oops).csv",
  '-rf',
  '"quoted".txt',
  'back\\slash.txt',
  '50% #1?&=.txt',
  'Übersicht 数据.txt',
  'a:b.txt',
  '[0-9]{a,b}*.txt',
  'index.html',
  'empty',
];
const whole = ["data/-it's big.bin", 'data/big.bin', ...names.map((name) => `data/deep/${name}`)].toSorted();

async function startWithTree(): Promise<TestServer> {
  const server = await startTestServer();
  const home = server.homeOf('bob');
  await mkdir(join(home, 'data/deep'), { recursive: true });
  for (const name of names) await writeFile(join(home, 'data/deep', name), name === 'empty' ? '' : name);
  await writeFile(join(home, 'data/big.bin'), bigBytes);
  await writeFile(join(home, "data/-it's big.bin"), bigBytes);
  await writeFile(join(home, 'private.txt'), 'private');
  return server;
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-fetch-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The commands that the page of a link shows for what is at `path`, by what they do. */
async function commandsOf(server: TestServer, link: Link, tool: FetchTool, path?: string) {
  const { pathname, origin } = new URL(link.url);
  const ask = async (at?: string): Promise<SharedListing> => {
    const request = server.as().get(`${pathname}/entries${at === undefined ? '' : `/${encodeURI(at)}`}`);
    return (await (link.hasPassword ? request.auth('', secret) : request).expect(200)).body;
  };
  const address = new LinkAddress(pathname.split('/')[2]!, origin);
  // As the page does it: of one item, what it is rather than a list with one row.
  const top = await ask(path);
  const listing = top.entry ? top : { ...top, entry: top.children?.items[0] };
  const commands = listCommands(tool, fetchTargetOf(makeLinkView(listing as SharedListing), address)!);
  const find = (pattern: RegExp) => commands.find(({ caption }) => pattern.test(caption))?.text;
  return {
    file: find(/^Download/) ?? '',
    tree: find(/file by file/) ?? '',
    zip: find(/zip/) ?? '',
    check: find(/^Check/),
    ask: find(/password/),
  };
}

/** Pastes a command into bash, in `folder`. */
const paste = (command: string, folder: string, env: Record<string, string> = {}) =>
  run('bash', ['-e', '-o', 'pipefail', '-c', command], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', PASSWORD: secret, ...env },
    maxBuffer: 1e8,
  });

async function listFiles(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !/^\.(?:drey-|cache|config|wget)/.test(name))
    .toSorted();
}

describe.each(fetchTools)('%s', (tool) => {
  test.each(['open', 'locked'])(
    'fetches an %s tree file by file, again without harm, and checks it',
    async (kind) => {
      const server = await startWithTree();
      const password = kind === 'locked' ? { password: secret } : {};
      const link = await server.link(server.bob, { items: ['storage:data'], ...password });
      const { tree, check } = await commandsOf(server, link, tool, 'data');
      const folder = await makeFolder();
      await paste(tree, folder);
      expect(await listFiles(folder)).toEqual(whole);
      for (const name of names)
        expect(await readFile(join(folder, 'data/deep', name), 'utf8')).toBe(name === 'empty' ? '' : name);
      expect((await readFile(join(folder, 'data/big.bin'))).equals(bigBytes)).toBe(true);

      // Of a file that is whole already curl says that there is nothing left of it: 416.
      await paste(tool === 'curl' ? `${tree} || [ $? = 22 ]` : tree, folder);
      expect(await listFiles(folder)).toEqual(whole);
      if (!check) return;
      const { stdout } = await paste(check, folder);
      expect(stdout.match(/: OK$/gm)).toHaveLength(whole.length);
      await writeFile(join(folder, 'data/deep/plain.txt'), 'PLAIN.txt');
      await expect(paste(check, folder)).rejects.toThrow();
    },
  );

  test('fetches one file of several, goes on where it broke off, and checks it', async () => {
    const server = await startWithTree();
    const link = await server.link(server.bob, { items: ['storage:data', 'storage:private.txt'] });
    const { file, check } = await commandsOf(server, link, tool, "data/-it's big.bin");
    const folder = await makeFolder();
    const saved = join(folder, "-it's big.bin");
    // What a broken connection leaves behind.
    await writeFile(saved, bigBytes.subarray(0, 1_000_000));
    await paste(file, folder);
    expect((await readFile(saved)).equals(bigBytes)).toBe(true);
    // rclone alone starts a file over.
    const isResumed = server.logLines.some((line) => line.includes('"status":206'));
    expect(isResumed).toBe(tool !== 'rclone');
    if (check) await paste(check, folder);
    expect(await listFiles(folder)).toEqual(["-it's big.bin"]);
  });

  test('fetches a link on one locked file, and nothing with a wrong password', async () => {
    const server = await startWithTree();
    const link = await server.link(server.bob, { items: ['storage:data/big.bin'], password: secret });
    const { ask, file, check } = await commandsOf(server, link, tool);
    expect(ask).toContain('read -rs');
    const folder = await makeFolder();
    await paste(file, folder);
    expect((await stat(join(folder, 'big.bin'))).size).toBe(bigBytes.length);
    if (check) await paste(check, folder);
    const other = await makeFolder();
    await expect(paste(file, other, { PASSWORD: 'wrong' })).rejects.toThrow();
    // wget makes the file before it asks.
    for (const name of await listFiles(other)) expect(await readFile(join(other, name), 'utf8')).toBe('');
  });

  test('fetches the zip of a folder inside a locked link', async () => {
    const server = await startWithTree();
    const link = await server.link(server.bob, { items: ['storage:data'], password: secret });
    const { zip } = await commandsOf(server, link, tool, 'data/deep');
    const folder = await makeFolder();
    await paste(zip, folder);
    expect(await listFiles(folder)).toEqual(['deep.zip']);
    expect(readZip(await readFile(join(folder, 'deep.zip')))).toHaveLength(names.length + 1);
  });

  test('fetches a folder inside a link as itself', async () => {
    const server = await startWithTree();
    const link = await server.link(server.bob, { items: ['storage:data'] });
    const { tree, check } = await commandsOf(server, link, tool, 'data/deep');
    const folder = await makeFolder();
    await paste(tree, folder);
    // At the root of what it walks, rclone asks for a name with a colon at an address that is none; the check says so.
    const missed = tool === 'rclone' ? ['a:b.txt'] : [];
    const found = names.filter((name) => !missed.includes(name)).map((name) => `deep/${name}`);
    expect(await listFiles(folder)).toEqual(found.toSorted());
    if (check && missed.length > 0) await expect(paste(check, folder)).rejects.toThrow(/a:b\.txt/);
    else if (check) await paste(check, folder);
  });
});

test('the password is asked once, and goes to the commands after it', async () => {
  const server = await startWithTree();
  const link = await server.link(server.bob, { items: ['storage:data/big.bin'], password: secret });
  const { ask, file } = await commandsOf(server, link, 'curl');
  const folder = await makeFolder();
  await writeFile(join(folder, 'typed'), `${secret}\n`);
  await paste(`unset PASSWORD; { ${ask}; } < typed; ${file}`, folder);
  expect((await stat(join(folder, 'big.bin'))).size).toBe(bigBytes.length);
});

test('wget walks the plain listing by itself', async () => {
  const server = await startWithTree();
  const link = await server.link(server.bob, { items: ['storage:data'] });
  const folder = await makeFolder();
  const options = '-q -r -np -nH --cut-dirs=3 --default-page=.listing --restrict-file-names=nocontrol';
  await paste(`wget ${options} '${link.url}/raw/'`, folder);
  const found = await listFiles(folder);
  expect(found.filter((name) => !name.endsWith('.listing'))).toEqual(whole);
});

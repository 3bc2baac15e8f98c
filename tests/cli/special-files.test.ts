import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { openShell } from './drey-process.ts';
import { makeTree } from './file-tree.ts';

async function prepare() {
  const server = await startTestServer();
  const shell = await openShell(server, server.bob);
  const pipe = join(shell.folder, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  return { server, shell, pipe };
}

test('what is written to a named pipe goes up, also when the writer comes late', async () => {
  const { shell, pipe } = await prepare();
  const { child, outcome } = shell.start(['cp', '-p', 'pipe', 'storage:']);
  await once(child.stderr!, 'data');
  const writing = promisify(execFile)('sh', ['-c', `head -c 300000 /dev/zero > ${pipe}`]);
  const { code, stderr } = await outcome;
  await writing;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Copied 1 file, 300 KB') });
  expect((await shell.ok('cat', 'storage:pipe')).length).toBe(300_000);
});

test('Ctrl-C ends the wait for a pipe that nobody writes to', async () => {
  const { shell } = await prepare();
  const { child, outcome } = shell.start(['cp', '-p', 'pipe', 'storage:']);
  await once(child.stderr!, 'data');
  child.kill('SIGINT');
  expect(await outcome).toMatchObject({ code: 130 });
});

test('a socket is neither a file nor a folder, and leaves the rest to go on', async () => {
  const { shell } = await prepare();
  await makeTree(shell.folder, { 'a.txt': 'a' });
  const socket = createServer().listen(join(shell.folder, 'socket'));
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  expect(await shell.run(['cp', 'socket', 'a.txt', 'storage:'])).toEqual({
    code: 65,
    stdout: '',
    stderr: 'drey: socket: This is neither a file nor a folder.\n',
  });
  expect(await shell.ok('ls')).toBe('a.txt\n');
});

test('where no folder can be made, that is said', async () => {
  const { server, shell } = await prepare();
  await makeTree(server.homeOf('bob'), { 'src/a.txt': 'a' });
  expect(await shell.run(['cp', '-r', 'storage:src', '/proc'])).toEqual({
    code: 65,
    stdout: '',
    stderr: 'drey: storage:src: /proc/src: No folder can be made here.\n',
  });
});
